/** `ipset help`. */
export const USAGE = `ipset v7.17

Usage: ipset [options] COMMAND

Commands:
create SETNAME TYPENAME [type-specific-options]
        Create a new set
add SETNAME ENTRY
        Add entry to the named set
del SETNAME ENTRY
        Delete entry from the named set
test SETNAME ENTRY
        Test entry in the named set
destroy [SETNAME]
        Destroy a named set or all sets
list [SETNAME]
        List the entries of a named set or all sets
save [SETNAME]
        Save the named set or all sets to stdout
restore
        Restore a saved state
flush [SETNAME]
        Flush a named set or all sets
rename FROM-SETNAME TO-SETNAME
        Rename two sets
swap FROM-SETNAME TO-SETNAME
        Swap the contect of two existing sets
help [TYPENAME]
        Print help, and settype specific help
version
        Print version information
`

/** What the options say that stand anywhere on a line. */
export interface Flags {
  readonly exist: boolean
  readonly terse: boolean
  readonly names: boolean
  readonly sorted: boolean
  readonly save: boolean
}

export const OPTIONS: ReadonlySet<string> = new Set([
  '-exist',
  '-!',
  '--exist',
  '-t',
  '-terse',
  '--terse',
  '-n',
  '-name',
  '--name',
  '-s',
  '-sorted',
  '--sorted',
  '-q',
  '-quiet',
  '--quiet',
  '-r',
  '-resolve',
])

export function flagsOf(argv: readonly string[]): Flags {
  const has = (...words: readonly string[]): boolean => words.some((word) => argv.includes(word))
  return {
    exist: has('-exist', '-!', '--exist'),
    terse: has('-t', '-terse', '--terse'),
    names: has('-n', '-name', '--name'),
    sorted: has('-s', '-sorted', '--sorted'),
    save: has('-o') && argv[argv.indexOf('-o') + 1] === 'save',
  }
}

/** Verbs with their old spellings. */
export const VERBS: Readonly<Record<string, string>> = {
  create: 'create',
  '-N': 'create',
  add: 'add',
  '-A': 'add',
  del: 'del',
  '-D': 'del',
  test: 'test',
  '-T': 'test',
  destroy: 'destroy',
  '-X': 'destroy',
  list: 'list',
  '-L': 'list',
  save: 'save',
  '-S': 'save',
  flush: 'flush',
  '-F': 'flush',
  rename: 'rename',
  '-E': 'rename',
  swap: 'swap',
  '-W': 'swap',
}
