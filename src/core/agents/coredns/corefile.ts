import { type Result, err, ok } from '../../base/result.ts'

/** A directive of a server block: a plugin, its arguments, and the lines of its own block. */
export interface Directive {
  readonly name: string
  readonly args: readonly string[]
  readonly block: readonly (readonly string[])[]
  readonly line: number
}

export interface ServerBlock {
  /** Zones in absolute form, lower case. */
  readonly zones: readonly string[]
  readonly port: number
  readonly directives: readonly Directive[]
}

interface Token {
  readonly text: string
  readonly line: number
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  for (const [i, line] of text.split('\n').entries()) {
    for (const match of line.replace(/(^|\s)#.*/, '').matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
      found.push({ text: match[1] ?? match[2]!, line: i + 1 })
    }
  }
  return found
}

/** Plugins that this CoreDNS has: the simulated ones, and those it takes without doing anything. */
export const KNOWN_PLUGINS: ReadonlySet<string> = new Set([
  'acl',
  'any',
  'autopath',
  'bind',
  'bufsize',
  'cache',
  'cancel',
  'debug',
  'dns64',
  'dnssec',
  'dnstap',
  'errors',
  'erratic',
  'file',
  'forward',
  'header',
  'health',
  'hosts',
  'import',
  'k8s_external',
  'kubernetes',
  'loadbalance',
  'local',
  'log',
  'loop',
  'metadata',
  'minimal',
  'multisocket',
  'nsid',
  'pprof',
  'prometheus',
  'ready',
  'reload',
  'rewrite',
  'root',
  'secondary',
  'sign',
  'template',
  'timeouts',
  'tls',
  'trace',
  'transfer',
  'tsig',
  'view',
  'whoami',
])

/** Reads a Corefile (caddyfile syntax). The error is CoreDNS' own sentence. `path` is for that sentence. */
export function parseCorefile(text: string, path: string): Result<readonly ServerBlock[], string> {
  const all = tokens(text)
  const blocks: ServerBlock[] = []
  let at = 0
  const problem = (token: Token | undefined, what: string): Result<never, string> =>
    err(`${path}:${token?.line ?? text.split('\n').length} - Error during parsing: ${what}`)
  while (at < all.length) {
    const keys: string[] = []
    while (at < all.length && all[at]!.text !== '{')
      keys.push(...all[at++]!.text.split(',').filter((key) => key !== ''))
    if (at >= all.length) return problem(undefined, "Unexpected EOF, expecting '{'")
    const [open, close] = [at, closing(all, at)]
    if (close < 0) return problem(undefined, "Unexpected EOF, expecting '}'")
    const directives = readDirectives(all.slice(open + 1, close))
    const unknown = directives.find((directive) => !KNOWN_PLUGINS.has(directive.name))
    if (unknown) return err(`${path}:${unknown.line} - Error during parsing: Unknown directive '${unknown.name}'`)
    blocks.push(...byPort(keys, directives))
    at = close + 1
  }
  return ok(blocks)
}

function closing(all: readonly Token[], open: number): number {
  let depth = 0
  for (let i = open; i < all.length; i++) {
    if (all[i]!.text === '{') depth += 1
    if (all[i]!.text === '}' && --depth === 0) return i
  }
  return -1
}

function readDirectives(body: readonly Token[]): Directive[] {
  const found: Directive[] = []
  let at = 0
  while (at < body.length) {
    const { text: name, line } = body[at]!
    at += 1
    const args: string[] = []
    while (at < body.length && body[at]!.line === line && body[at]!.text !== '{') args.push(body[at++]!.text)
    let block: string[][] = []
    if (body[at]?.text === '{' && body[at]!.line === line) {
      const end = closing(body, at)
      block = lines(body.slice(at + 1, end))
      at = end + 1
    }
    found.push({ name, args, block, line })
  }
  return found
}

function lines(body: readonly Token[]): string[][] {
  const found: string[][] = []
  let last = -1
  for (const { text, line } of body) {
    if (line === last) found.at(-1)!.push(text)
    else found.push([text])
    last = line
  }
  return found
}

/** `cluster.local:53 .:5353` is two servers; a zone without a port listens on 53. */
function byPort(keys: readonly string[], directives: readonly Directive[]): ServerBlock[] {
  const ports = new Map<number, string[]>()
  for (const key of keys) {
    const plain = key.replace(/^dns:\/\//, '')
    const match = /^(.*?)(?::(\d+))?$/s.exec(plain)!
    const port = Number(match[2] ?? 53)
    const zones = ports.get(port)
    if (zones) zones.push(zoneName(match[1]!))
    else ports.set(port, [zoneName(match[1]!)])
  }
  return [...ports].sort((a, b) => a[0] - b[0]).map(([port, zones]) => ({ zones, port, directives }))
}

/** `Cluster.local` is `cluster.local.`; a network such as 10.0.0.0/24 is its reverse zone. */
export function zoneName(text: string): string {
  const network = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(8|16|24)$/.exec(text)
  if (network) {
    const octets = network.slice(1, 1 + Number(network[5]) / 8)
    return `${octets.reverse().join('.')}.in-addr.arpa.`
  }
  const lower = text.toLowerCase()
  return lower.endsWith('.') ? lower : `${lower}.`
}

/** Is `name` the zone or below it? Both absolute, lower case. */
export const inZone = (name: string, zone: string): boolean =>
  zone === '.' || name === zone || name.endsWith(`.${zone}`)

/** The longest zone that `name` is in. */
export function matchZone(name: string, zones: readonly string[]): string | undefined {
  let best: string | undefined
  for (const zone of zones) if (inZone(name, zone) && (best === undefined || zone.length > best.length)) best = zone
  return best
}
