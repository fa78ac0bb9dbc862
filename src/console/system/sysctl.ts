import { setSysctl, sysctl, sysctlNames } from '../../core/kernel/sysctl/sysctl.ts'
import { type Command, type ConsoleEnv, type ConsolePlace, type Done, done, fail } from '../types.ts'

interface Options {
  all: boolean
  values: boolean
  names: boolean
  write: boolean
  quiet: boolean
  ignore: boolean
  pattern: RegExp | null
}

const USAGE =
  '\nUsage:\n sysctl [options] [variable[=value] ...]\n\nOptions:\n  -a, --all            display all variables\n' +
  '  -e, --ignore         ignore unknown variables errors\n  -N, --names          print variable names without values\n' +
  '  -n, --values         print only values of the given variable(s)\n  -q, --quiet          do not echo variable set\n' +
  '  -w, --write          enable writing a value to variable\n\nFor more details see sysctl(8).\n'

/** `sysctl` of procps-ng 4. */
export const sysctlCommand: Command = (env, place, argv) => {
  const options: Options = {
    all: false,
    values: false,
    names: false,
    write: false,
    quiet: false,
    ignore: false,
    pattern: null,
  }
  const settings: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    if (word === '-r' || word === '--pattern') options.pattern = safePattern(argv[++i] ?? '')
    else if (!readFlag(word, options)) {
      if (word.startsWith('-')) return fail(`sysctl: unrecognized option '${word}'\n${USAGE}`, 1)
      settings.push(word)
    }
  }
  if (options.all) return showAll(env, place, options)
  if (settings.length === 0) return fail(USAGE, 1)
  return each(env, place, options, settings)
}

function readFlag(word: string, options: Options): boolean {
  const long: Readonly<Record<string, string>> = {
    '--all': 'a',
    '--values': 'n',
    '--names': 'N',
    '--write': 'w',
    '--quiet': 'q',
    '--ignore': 'e',
    '--system': 'a',
  }
  const letters = Object.hasOwn(long, word) ? long[word]! : /^-[aAXnNwqeobx]+$/.test(word) ? word.slice(1) : ''
  for (const letter of letters) {
    if ('aAX'.includes(letter)) options.all = true
    if (letter === 'n' || letter === 'b') options.values = true
    if (letter === 'N') options.names = true
    if (letter === 'w') options.write = true
    if (letter === 'q') options.quiet = true
    if (letter === 'e') options.ignore = true
  }
  return letters !== ''
}

/** A pattern is taken as literal text with `.` and `*`: a regular expression of a stranger may run for ever. */
const safePattern = (pattern: string): RegExp =>
  new RegExp(
    pattern
      .slice(0, 200)
      .replaceAll(/[[\](){}+?\\|]/g, '\\$&')
      .replaceAll('.*', '*')
      .replaceAll(/\*+/g, '[^]*')
      .replaceAll(/^\^|\$$/g, ''),
  )

function line(options: Options, name: string, value: string): string {
  if (options.names) return `${name}\n`
  return options.values ? `${value}\n` : `${name} = ${value}\n`
}

function showAll(env: ConsoleEnv, place: ConsolePlace, options: Options): Done {
  const names = sysctlNames(env.kernel, place.netns).filter((name) => !options.pattern || options.pattern.test(name))
  return done(names.map((name) => line(options, name, sysctl(env.kernel, place.netns, name) ?? '')).join(''))
}

function each(env: ConsoleEnv, place: ConsolePlace, options: Options, settings: readonly string[]): Done {
  let stdout = ''
  let stderr = ''
  for (const setting of settings) {
    const result = one(env, place, options, setting)
    stdout += result.stdout
    stderr += result.stderr
  }
  return done(stdout, stderr === '' ? 0 : 1, stderr)
}

function one(
  env: ConsoleEnv,
  place: ConsolePlace,
  options: Options,
  setting: string,
): { stdout: string; stderr: string } {
  const equals = setting.indexOf('=')
  if (equals < 0 && options.write)
    return { stdout: '', stderr: `sysctl: command line(0): invalid syntax, continuing...\n` }
  const name = (equals < 0 ? setting : setting.slice(0, equals)).trim()
  const key = dotted(name)
  const present = sysctl(env.kernel, place.netns, key)
  if (present === undefined) {
    const stderr = options.ignore
      ? ''
      : `sysctl: cannot stat /proc/sys/${key.replaceAll('.', '/')}: No such file or directory\n`
    return { stdout: '', stderr }
  }
  if (equals < 0) return { stdout: line(options, key, present), stderr: '' }
  const value = setting.slice(equals + 1).trim()
  if (!valid(key, present, value)) return { stdout: '', stderr: `sysctl: setting key "${key}": Invalid argument\n` }
  setSysctl(env.kernel, place.netns, key, canonical(present, value))
  if (key === 'net.ipv4.conf.all.forwarding') setSysctl(env.kernel, place.netns, 'net.ipv4.ip_forward', value)
  return { stdout: options.quiet ? '' : line(options, key, value), stderr: '' }
}

/** `net/ipv4/conf/eth0.100/rp_filter` is the way to write a device name that has a dot. */
const dotted = (name: string): string =>
  name.includes('/') && !/^[^/]*\./.test(name) ? name.replaceAll('/', '.') : name

/** The lab's settings are numbers, or a pair of them. */
const valid = (key: string, present: string, value: string): boolean =>
  /\s/.test(present)
    ? /^\d+\s+\d+$/.test(value)
    : /^-?\d+$/.test(present)
      ? /^-?\d{1,10}$/.test(value) && isWithin(LIMITS[key], Number(value))
      : key !== '' && value.length < 4096

/** Those that the kernel bounds (net/ipv4/sysctl_net_ipv4.c). */
const LIMITS: Readonly<Record<string, readonly [number, number]>> = {
  'net.ipv4.ip_default_ttl': [1, 255],
  'net.ipv4.tcp_syn_retries': [1, 127],
  'net.ipv4.tcp_synack_retries': [0, 255],
  'net.ipv4.tcp_retries1': [0, 255],
  'net.ipv4.tcp_retries2': [0, 255],
  'net.ipv4.icmp_echo_ignore_all': [0, 1],
  'net.ipv4.icmp_echo_ignore_broadcasts': [0, 1],
}
const isWithin = (limits: readonly [number, number] | undefined, value: number): boolean =>
  !limits || (value >= limits[0] && value <= limits[1])

const canonical = (present: string, value: string): string => (/\s/.test(present) ? value.replace(/\s+/, '\t') : value)
