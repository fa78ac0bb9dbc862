import { readFileSync } from 'node:fs'
import type { Subject } from '../judge.ts'

/** A lab that is exported with `export --to netns`, and judged as what the script then does. */
export interface LabCase extends Subject {
  /** The lab as YAML. */
  readonly text: string
  /** Typed in the lab before it is exported: place, command. */
  readonly typed?: readonly (readonly [place: string, line: string])[]
  /** As one file, as the page hands it over; else as a folder. */
  readonly single?: boolean
}

interface Entry {
  readonly id: string
  readonly file: string
  readonly title: { readonly en: string }
}

const FOLDER = new URL('../../../public/labs/', import.meta.url)
const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8')

/** Every lab that comes with the page. */
export const bundledLabs = (): readonly LabCase[] =>
  (JSON.parse(read('index.json')) as Entry[]).map(({ id, file, title }) => ({
    name: `lab-${id}`,
    about: title.en,
    text: read(file),
  }))
