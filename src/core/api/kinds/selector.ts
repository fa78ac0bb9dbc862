import type { LabelSelector, LabelSelectorRequirement, StringMap } from './types.ts'
import { compareKeys } from '../../base/order.ts'
import { type Result, err, ok } from '../../base/result.ts'

const label = (labels: StringMap | undefined, key: string): string | undefined =>
  labels && Object.hasOwn(labels, key) ? labels[key] : undefined

function matchesRequirement(rule: LabelSelectorRequirement, labels: StringMap | undefined): boolean {
  const value = label(labels, rule.key)
  const listed = value !== undefined && (rule.values ?? []).includes(value)
  switch (rule.operator) {
    case 'In':
      return listed
    case 'NotIn':
      return !listed
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}

/** Equality of every pair: a Service's selector, a nodeSelector. The empty map matches everything. */
export const matchesLabels = (wanted: StringMap | undefined, labels: StringMap | undefined): boolean =>
  Object.entries(wanted ?? {}).every(([key, value]) => label(labels, key) === value)

/** metav1.LabelSelectorAsSelector: no selector matches nothing, the empty one everything; all requirements must hold. */
export function matchesSelector(selector: LabelSelector | undefined, labels: StringMap | undefined): boolean {
  if (!selector) return false
  return (
    matchesLabels(selector.matchLabels, labels) &&
    (selector.matchExpressions ?? []).every((rule) => matchesRequirement(rule, labels))
  )
}

export const isEmptySelector = (selector: LabelSelector | undefined): boolean =>
  Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0

/** `app=web,tier in (a,b),!gone`: a selector as `kubectl get -o wide` and events print it; `<none>` when it is empty. */
export function formatSelector(selector: LabelSelector | undefined): string {
  const rules: LabelSelectorRequirement[] = [...(selector?.matchExpressions ?? [])]
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {}))
    rules.push({ key, operator: 'In', values: [value] })
  rules.sort((a, b) => compareKeys(a.key, b.key))
  const equals = new Set(Object.keys(selector?.matchLabels ?? {}))
  return rules.map((rule) => formatRequirement(rule, equals)).join(',') || '<none>'
}

function formatRequirement(rule: LabelSelectorRequirement, equals: ReadonlySet<string>): string {
  const values = [...(rule.values ?? [])].sort()
  switch (rule.operator) {
    case 'In':
      return equals.has(rule.key) && values.length === 1
        ? `${rule.key}=${values[0]}`
        : `${rule.key} in (${values.join(',')})`
    case 'NotIn':
      return `${rule.key} notin (${values.join(',')})`
    case 'Exists':
      return rule.key
    case 'DoesNotExist':
      return `!${rule.key}`
  }
}

/** `a=b,c!=d,e in (f,g),!h`: the text of `kubectl get -l` (k8s.io/apimachinery/pkg/labels). */
export function parseSelector(text: string): Result<LabelSelector, { readonly message: string }> {
  const rules: LabelSelectorRequirement[] = []
  for (const part of splitOutsideParentheses(text)) {
    const rule = parseRequirement(part.trim())
    if (!rule) return err({ message: `unable to parse requirement: found '${part.trim()}'` })
    const bad = (rule.values ?? []).findIndex((value) => value.length > 63 || !LABEL_VALUE.test(value))
    if (bad >= 0) return err({ message: `unable to parse requirement: ${invalidValue(rule, bad)}` })
    rules.push(rule)
  }
  return ok({ matchExpressions: rules })
}

/** apimachinery's labelValueFmt. */
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

function invalidValue({ key, values }: LabelSelectorRequirement, at: number): string {
  const value = values![at]!
  const head = `values[${at}][${key}]: Invalid value: "${value}": `
  if (value.length > 63) return `${head}must be no more than 63 bytes`
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return `${head}${rule} (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${LABEL_VALUE.source.slice(1, -1)}')`
}

/** At its commas, but not at those of a list of values. */
function splitOutsideParentheses(text: string): string[] {
  if (text.trim() === '') return []
  const parts = ['']
  let inside = false
  for (const piece of text.split(/([(),])/)) {
    if (piece === '(' || piece === ')') inside = piece === '('
    if (piece === ',' && !inside) parts.push('')
    else parts[parts.length - 1] += piece
  }
  return parts
}

const NAME = String.raw`[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?`

function parseRequirement(text: string): LabelSelectorRequirement | null {
  const set = new RegExp(`^(${NAME})\\s+(in|notin)\\s*\\(([^)]*)\\)$`).exec(text)
  if (set)
    return { key: set[1]!, operator: set[3] === 'in' ? 'In' : 'NotIn', values: set[4]!.split(',').map((v) => v.trim()) }
  const equality = new RegExp(`^(${NAME})\\s*(==|=|!=)([^=!,()]*)$`).exec(text)
  if (equality)
    return { key: equality[1]!, operator: equality[3] === '!=' ? 'NotIn' : 'In', values: [equality[4]!.trim()] }
  const presence = new RegExp(`^(!?)\\s*(${NAME})$`).exec(text)
  return presence ? { key: presence[2]!, operator: presence[1] ? 'DoesNotExist' : 'Exists' } : null
}
