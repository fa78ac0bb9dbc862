import { type Command, done, fail, text } from '../types.ts'
import { routeColumns, routeLines } from './route-table.ts'

/** `route` of net-tools 2.10: the main table. Names are not looked up, and routes are changed by `ip route` here. */
export const routeCommand: Command = (env, place, argv) => {
  const unknown = argv.find((word) => !/^-[nev4]+$/.test(word))
  if (unknown !== undefined) return fail(`route: ${unknown}: not modelled in this lab; use ip route\n`, 1)
  const lines = routeLines(env, place).map((line) => {
    const metric = String(line.row.metric).padEnd(6)
    const [references, device] = line.refuses ? ['- ', '-'] : ['0 ', line.device]
    return `${routeColumns(line)} ${line.flags.padEnd(5)} ${metric} ${references}       0 ${device}`
  })
  const head = 'Destination     Gateway         Genmask         Flags Metric Ref    Use Iface'
  return done(text(['Kernel IP routing table', head, ...lines]))
}
