/** English: the catalogue that gives the keys and the parameters. Keeps the literal types of the texts. */
export const english = (catalogue) => catalogue;
/** A translation of an English catalogue: a missing or extra key, or a missing or unknown parameter, fails to compile. */
export const translation = (_english) => (catalogue) => catalogue;
