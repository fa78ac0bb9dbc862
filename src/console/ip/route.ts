import { deleteRoute } from '../../core/kernel/route/fib.ts'
import { flushLearned } from '../../core/kernel/route/pmtu.ts'
import { ROUTE_TABLE } from '../../core/kernel/route/row.ts'
import { type Done, done, text } from '../types.ts'
import type { IpContext } from './context.ts'
import { printJson } from './json.ts'
import { changeRoute, deleteRouteBy } from './route-change.ts'
import { NO_FILTER, type RouteFilter, inDumpOrder, passes, readRouteFilter } from './route-filter.ts'
import { exceptionsText, routeGet } from './route-get.ts'
import { routeJson, routeText } from './route-text.ts'
import { USAGE } from './route-usage.ts'
import { type Words, pick, stop } from './words.ts'

const COMMANDS = [
  'add',
  'change',
  'chg',
  'replace',
  'prepend',
  'append',
  'test',
  'delete',
  'show',
  'lst',
  'list',
  'get',
  'flush',
  'save',
  'restore',
  'help',
] as const

/** `ip route …` (ip/iproute.c do_iproute). */
export function ipRoute(ip: IpContext, words: Words): Done {
  if (words.done) return show(ip, NO_FILTER)
  const word = words.next()
  const command = pick(word, COMMANDS)
  switch (command) {
    case 'add':
    case 'change':
    case 'chg':
    case 'replace':
    case 'prepend':
    case 'append':
      return changeRoute(ip, words, command === 'chg' ? 'change' : command)
    case 'delete':
      return deleteRouteBy(ip, words)
    case 'show':
    case 'lst':
    case 'list':
      return show(ip, readRouteFilter(ip, words))
    case 'get':
      return routeGet(ip, words)
    case 'flush':
      return flush(ip, words)
    case 'help':
      return stop(USAGE, 255)
    default:
      return stop(`Command "${word}" is unknown, try "ip route help".\n`, 255)
  }
}

function show(ip: IpContext, filter: RouteFilter): Done {
  if (ip.family === 6) return done('')
  if (filter.cached) return done(exceptionsText(ip))
  const all = ip.env.kernel.t.routeByNetns.at(ip.netns).rows()
  if (!tableExists(ip, filter)) return done('', 2, 'Error: ipv4: FIB table does not exist.\nDump terminated\n')
  const routes = inDumpOrder(all.filter((route) => passes(filter, route)))
  if (ip.json)
    return done(
      printJson(
        routes.map((route) => routeJson(ip, route, filter)),
        ip.pretty,
      ),
    )
  return done(text(routes.map((route) => routeText(ip, route, filter))))
}

/** A table comes with its first route; main is always there. */
const tableExists = (ip: IpContext, { table }: RouteFilter): boolean =>
  table === 'all' ||
  table === ROUTE_TABLE.main ||
  ip.env.kernel.t.routeByNetns
    .at(ip.netns)
    .rows()
    .some((route) => route.table === table)

function flush(ip: IpContext, words: Words): Done {
  if (words.done) return stop('"ip route flush" requires arguments.\n', 255)
  const filter = readRouteFilter(ip, words)
  const { kernel } = ip.env
  if (filter.cached) {
    flushLearned(kernel, ip.netns)
    return done('')
  }
  if (!tableExists(ip, filter)) return done('', 2, 'Error: ipv4: FIB table does not exist.\nFlush terminated\n')
  for (const route of kernel.t.routeByNetns.at(ip.netns).rows()) {
    if (passes(filter, route) && (route.table !== ROUTE_TABLE.local || filter.table === ROUTE_TABLE.local))
      deleteRoute(kernel, route)
  }
  return done('')
}
