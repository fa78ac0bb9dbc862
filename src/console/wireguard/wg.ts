import { parseCidr } from '../../core/base/cidr.ts'
import { parseIpv4 } from '../../core/base/ipv4.ts'
import { clamp, formatKey, parseKey, publicKeyOf } from '../../core/base/x25519.ts'
import { ERRNO_TEXT } from '../../core/kernel/errno.ts'
import { removePeer, setWgPeer, setWireguard, type WgPeerChange } from '../../core/kernel/link/wireguard.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, type Done, done, fail } from '../types.ts'
import { showDevices } from './show.ts'

const USAGE =
  'Usage: wg <cmd> [<args>]\n\nAvailable subcommands:\n' +
  '  show: Shows the current configuration and device information\n' +
  '  set: Change the current configuration, add peers, remove peers, or change peers\n' +
  '  genkey: Generates a new private key and writes it to stdout\n' +
  '  pubkey: Reads a private key from stdin and writes a public key to stdout\n'

/** `wg` of wireguard-tools: show, set, genkey, pubkey. Not modelled: setconf, addconf, syncconf, showconf, preshared keys. */
export const wgCommand: Command = (env, place, argv, stdin) => {
  const [verb = 'show', ...rest] = argv
  switch (verb) {
    case 'show':
      return showDevices(env, place, rest)
    case 'set':
      return set(env, place, rest, stdin)
    case 'genkey':
      return done(
        `${formatKey(clamp(Uint8Array.from({ length: 32 }, () => env.kernel.world.random('wg/genkey') & 255)))}\n`,
      )
    case 'pubkey': {
      const key = parseKey(stdin.trim())
      return key ? done(`${formatKey(publicKeyOf(key))}\n`) : fail('wg: Key is not the correct length or format\n')
    }
    case 'help':
    case '-h':
    case '--help':
      return done(USAGE)
    default:
      return fail(`Invalid subcommand: \`${verb}'\n${USAGE}`)
  }
}

interface Reader {
  readonly words: readonly string[]
  at: number
}
const next = (r: Reader): string => r.words[r.at++] ?? ''

/** `wg set DEV …`: device options first, then one peer after the other. */
function set(env: ConsoleEnv, place: ConsolePlace, argv: readonly string[], stdin: string): Done {
  const [name = '', ...words] = argv
  const link = env.kernel.t.linkByName.at(`${place.netns}/${name}`).first()
  if (!link || link.kind !== 'wireguard') {
    const why = link ? ERRNO_TEXT.EOPNOTSUPP : ERRNO_TEXT.ENODEV
    return fail(`Unable to modify interface: ${why}\n`)
  }
  const r: Reader = { words, at: 0 }
  while (r.at < words.length) {
    const word = next(r)
    const problem = word === 'peer' ? setPeer(env, link.id, r) : setOption(env, place, link.id, word, next(r), stdin)
    if (problem !== null) return fail(problem)
  }
  return done('')
}

function setOption(
  env: ConsoleEnv,
  place: ConsolePlace,
  link: number,
  word: string,
  value: string,
  stdin: string,
): string | null {
  if (word === 'private-key') {
    const text = value === '/dev/stdin' ? stdin : (env.processes?.files.read(place.fs, value) ?? null)
    if (text === null) return `fopen: No such file or directory\n`
    const made = setWireguard(env.kernel, link, { privateKey: text.trim() })
    return made.ok ? null : `Key is not the correct length or format: \`${text.trim()}'\n`
  }
  const number = value === 'off' ? 0 : Number(value)
  if (word !== 'listen-port' && word !== 'fwmark') return `Invalid argument: ${word}\n`
  if (!Number.isInteger(number) || number < 0 || (word === 'listen-port' && number > 65535)) {
    return word === 'fwmark'
      ? `Fwmark is neither 0/off nor 0-0xffffffff: \`${value}'\n`
      : `Unable to parse port: \`${value}'\n`
  }
  const made = setWireguard(env.kernel, link, word === 'fwmark' ? { fwmark: number } : { port: number })
  return made.ok ? null : `Unable to modify interface: ${ERRNO_TEXT[made.error]}\n`
}

type Change = { -readonly [key in keyof WgPeerChange]: WgPeerChange[key] }

function setPeer(env: ConsoleEnv, link: number, r: Reader): string | null {
  const key = next(r)
  if (parseKey(key) === null) return `Key is not the correct length or format: \`${key}'\n`
  const change: Change = {}
  while (r.at < r.words.length && r.words[r.at] !== 'peer') {
    const word = next(r)
    if (word === 'remove') {
      removePeer(env.kernel, link, key)
      return null
    }
    const problem = readPeerOption(change, word, next(r))
    if (problem !== null) return problem
  }
  const made = setWgPeer(env.kernel, link, key, change)
  return made.ok ? null : `Unable to modify interface: ${ERRNO_TEXT[made.error]}\n`
}

/** Null: it has been read into the change. */
function readPeerOption(change: Change, word: string, value: string): string | null {
  if (word === 'endpoint') {
    const [host = '', port = ''] = value.split(':')
    const addr = parseIpv4(host)
    if (addr === null || !/^\d{1,5}$/.test(port)) return `Unable to parse endpoint: \`${value}'\n`
    change.endpoint = { addr, port: Number(port) }
  } else if (word === 'allowed-ips') {
    const prefixes =
      value === '' ? [] : value.split(',').map((each) => parseCidr(each.includes('/') ? each : `${each}/32`))
    if (prefixes.includes(null)) return `Unable to parse IP address: \`${value}'\n`
    change.allowed = prefixes.flatMap((each) => (each ? [each] : []))
  } else if (word === 'persistent-keepalive') {
    const seconds = value === 'off' ? 0 : Number(value)
    if (!Number.isInteger(seconds) || seconds < 0 || seconds > 65535) {
      return `The persistent keepalive interval must be 0/off or 1-65535. Found: \`${value}'\n`
    }
    change.keepalive = seconds
  } else if (word === 'preshared-key') return 'wg set: preshared-key is not modelled in this lab\n'
  else return `Invalid argument: ${word}\n`
  return null
}
