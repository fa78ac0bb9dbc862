import type { SimTime } from '../../base/time.ts'
import type { ApiObject } from '../kinds/types.ts'
import { kindColumns } from './columns.ts'
import { type Table, type TableOptions, renderTable } from './table.ts'

/** The server-side table of objects of one kind, in the order given. `now` is what ages count from. */
export function tableOf(kind: string, objects: readonly ApiObject[], now: SimTime, wide = false): Table {
  const { columns, cells } = kindColumns(kind)
  const rows = objects.map((object) => ({
    name: object.metadata.name,
    namespace: object.metadata.namespace,
    labels: object.metadata.labels,
    cells: cells(object, now, wide),
  }))
  return { columns, rows }
}

/** `kubectl get <kind>`: the table as text. No object, no text: kubectl's `No resources found` is the caller's. */
export function printTable(
  kind: string,
  objects: readonly ApiObject[],
  options: TableOptions & { readonly now: SimTime },
): string {
  return objects.length === 0 ? '' : renderTable(tableOf(kind, objects, options.now, options.wide), options)
}
