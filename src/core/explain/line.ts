/** What an object caused: the answer to a line of the lab text, once the caller knows which object stands there. */
export { rowsFor } from './entity/rows-for.ts'
