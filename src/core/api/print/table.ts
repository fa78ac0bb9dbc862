/** One table of `kubectl get`: the API server's column definitions and cells (metav1.Table). */
export interface Table {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

export interface Column {
  readonly name: string
  /** Shown with `-o wide` only (priority 1). */
  readonly wide?: boolean
}

export interface Row {
  readonly name: string
  readonly namespace: string | undefined
  readonly labels: { readonly [key: string]: string } | undefined
  readonly cells: readonly (string | number)[]
}

export interface TableOptions {
  readonly wide?: boolean
  /** `-A`: a NAMESPACE column in front. */
  readonly showNamespace?: boolean
  readonly noHeaders?: boolean
  /** `pod/`, as kubectl writes when it prints several kinds. */
  readonly namePrefix?: string
  readonly showLabels?: boolean
  /** `-L app`: one column per label key. */
  readonly labelColumns?: readonly string[]
}

const PADDING = 3
const MIN_WIDTH = 6

/** Lays a table out as kubectl does; ends in a newline unless there is no row at all. */
export function renderTable(table: Table, options: TableOptions = {}): string {
  const shown = table.columns.map((column, i) => ({ column, i })).filter(({ column }) => options.wide || !column.wide)
  const labels = options.labelColumns ?? []
  const header = [
    ...(options.showNamespace ? ['NAMESPACE'] : []),
    ...shown.map(({ column }) => column.name.toUpperCase()),
    ...labels.map((key) => key.slice(key.lastIndexOf('/') + 1).toUpperCase()),
    ...(options.showLabels ? ['LABELS'] : []),
  ]
  // Tables that do not begin with the name, as those of events, have no prefix.
  const prefix = table.columns[0]?.name === 'Name' ? (options.namePrefix ?? '') : ''
  const rows = table.rows.map((row) => [
    ...(options.showNamespace ? [row.namespace ?? ''] : []),
    ...shown.map(({ column, i }) => (column.name === 'Name' ? prefix : '') + cellText(row.cells[i])),
    ...labels.map((key) => (row.labels && Object.hasOwn(row.labels, key) ? row.labels[key]! : '')),
    ...(options.showLabels ? [labelsText(row.labels)] : []),
  ])
  return alignColumns(options.noHeaders ? rows : [header, ...rows])
}

/** A cell is one line: kubectl cuts at the first line break. */
function cellText(cell: string | number | undefined): string {
  const text = String(cell ?? '')
  const cut = text.search(/[\f\n\r]/)
  return cut < 0 ? text : `${text.slice(0, cut)}...`
}

export function labelsText(labels: Row['labels']): string {
  const pairs = Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
  return pairs.length > 0 ? pairs.join(',') : '<none>'
}

/** Go's text/tabwriter as kubectl sets it up: minimum width 6, padding 3, the last column as it is. */
export function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const line of lines) {
    line.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, MIN_WIDTH, [...cell].length + PADDING)
    })
  }
  return lines
    .map(
      (line) =>
        `${line.map((cell, i) => (i === line.length - 1 ? cell : cell + ' '.repeat(widths[i]! - [...cell].length))).join('')}\n`,
    )
    .join('')
}
