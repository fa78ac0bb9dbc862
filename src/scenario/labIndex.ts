/** One bundled lab as `public/labs/index.json` lists it. */
export interface BundledLab {
  readonly id: string
  /** File name beside the index. */
  readonly file: string
  readonly title: Bilingual
  readonly summary: Bilingual
}

export interface Bilingual {
  readonly en: string
  readonly zh: string
}

/** The lab that opens when nothing else is asked for. */
export const DEFAULT_LAB = 'flannel-vxlan'

/** Reads the parsed index. Entries that are not as they should be are left out: the list is a convenience, not a condition. */
export function readLabIndex(json: unknown): readonly BundledLab[] {
  return Array.isArray(json) ? json.filter(isBundledLab) : []
}

function isBundledLab(entry: unknown): entry is BundledLab {
  if (typeof entry !== 'object' || entry === null) return false
  const { id, file, title, summary } = entry as Readonly<Record<string, unknown>>
  return typeof id === 'string' && typeof file === 'string' && isBilingual(title) && isBilingual(summary)
}

function isBilingual(value: unknown): value is Bilingual {
  if (typeof value !== 'object' || value === null) return false
  const { en, zh } = value as Readonly<Record<string, unknown>>
  return typeof en === 'string' && typeof zh === 'string'
}
