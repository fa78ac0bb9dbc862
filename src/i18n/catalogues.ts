export { type Area, type English, en } from './all.en.ts'
export { zh } from './all.zh.ts'
