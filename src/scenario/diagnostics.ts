import { errorsEn } from '../i18n/errors/en.ts'
import { renderEnglish } from '../i18n/english.ts'
import { labErrorsEn } from '../i18n/errors/lab.en.ts'
import type { AnyParams, ParamsOf } from '../i18n/message.ts'

/** A place in a lab's text. Offsets count UTF-16 code units from 0, lines and columns from 1; `end` is exclusive. */
export interface TextRange {
  readonly start: TextPoint
  readonly end: TextPoint
}

export interface TextPoint {
  readonly offset: number
  readonly line: number
  readonly column: number
}

export type LabCode = keyof typeof labErrorsEn

/** One thing that is wrong (`error`: the lab does not load) or doubtful (`warning`: it loads) in a lab document. */
export interface Diagnostic {
  readonly severity: 'error' | 'warning'
  /** Its text in each language is `errors.<code>` of i18n, filled with `params`. */
  readonly code: LabCode
  readonly params: AnyParams
  /** Where in the document's structure: `spec.fabric.hosts[2].name`; empty for the document as a whole. */
  readonly path: string
  readonly range: TextRange | null
  /** The English text, for the command line and logs. */
  readonly message: string
}

/** A way down a document: keys of maps and indexes of lists. */
export type Path = readonly (string | number)[]

/** `spec.fabric.hosts[2].name`; a key that is not a plain word is quoted: `view.positions["host/node1"]`. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (!/^[A-Za-z_][\w-]*$/.test(step)) text += `[${JSON.stringify(step)}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}

/** Finds the text of a path. `key` asks for the key that leads there rather than the value. */
export type Locate = (path: Path, part: 'key' | 'value') => TextRange | null

export type ParamsOfCode<C extends LabCode> = ParamsOf<(typeof labErrorsEn)[C]>

export function diagnostic<C extends LabCode>(
  severity: Diagnostic['severity'],
  code: C,
  params: ParamsOfCode<C>,
  path: Path = [],
  range: TextRange | null = null,
): Diagnostic {
  return { severity, code, params, path: formatPath(path), range, message: englishText(code, params) }
}

/** The English text of an error code of labs or links. */
export const englishText = (code: keyof typeof errorsEn, params: AnyParams): string =>
  renderEnglish(errorsEn[code], params)
