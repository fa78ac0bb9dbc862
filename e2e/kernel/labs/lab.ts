import { readFileSync } from 'node:fs'
import type { Subject } from '../judge.ts'
import { WORKSHOP } from './workshop.ts'

/** A lab that is exported with `export --to netns`, and judged as what the script then does. */
export interface LabCase extends Subject {
  /** The lab as YAML. */
  readonly text: string
  /** Typed in the lab before it is exported: place, command. */
  readonly typed?: readonly (readonly [place: string, line: string])[]
  /** As one file, as the page hands it over; else as a folder. */
  readonly single?: boolean
  /** After its script everything is asked from everywhere (probes.ts); compared is what came of it. */
  readonly probed?: boolean
  /** A file that is there only if something of the lab was taken for shell. */
  readonly forbidden?: string
}

interface Entry {
  readonly id: string
  readonly file: string
  readonly title: { readonly en: string }
}

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8')
const BUNDLED = '../../../public/labs/'

/** Every lab that comes with the page. */
export const bundledLabs = (): readonly LabCase[] =>
  (JSON.parse(read(`${BUNDLED}index.json`)) as Entry[]).map(({ id, file, title }) => ({
    name: `lab-${id}`,
    about: title.en,
    text: read(BUNDLED + file),
    probed: PROBED.includes(id),
  }))

/** Those that show most in least time. */
const PROBED = ['flannel-vxlan', 'plain-network']

/** Labs of our own, for what the bundled ones do not have. */
const OTHERS: readonly LabCase[] = [
  {
    name: 'lab-other-ranges',
    about: 'other ranges and domain, smaller MTU, more nodes and endpoints',
    text: read('fixtures/other-ranges.yaml'),
  },
  {
    name: 'lab-from-outside',
    about: 'node ports with both policies, over TCP and UDP, and pods on the host’s network',
    text: read('fixtures/from-outside.yaml'),
  },
  WORKSHOP,
]

/** What is judged. */
export const exportedLabs = (): readonly LabCase[] => [...bundledLabs(), ...OTHERS]
