import { describe, expect, it } from 'vitest'
import { Scene } from '../../testkit/scene.ts'
import { iptables } from '../netfilter/iptables.ts'
import { readRuleset, ruleWriter, writeRuleset } from '../netfilter/store.ts'
import { ipsetTool } from './tool.ts'

/** Commands and what the real ipset 7.17 answers on Linux 6.18: output, words on stderr, exit status. */
function tool() {
  const scene = new Scene()
  const ns = scene.host('a')
  const run = (line: string, stdin = '') => ipsetTool(scene.kernel, ns, line.split(' '), stdin)
  const words = (line: string, stdin = '') => {
    const { stdout, stderr, exit } = run(line, stdin)
    return `${stdout}${stderr}${exit === 0 ? '' : `[${exit}]`}`
  }
  return { scene, ns, run, words }
}

describe('ipset', () => {
  it.each([
    ['create a hash:net', 'ipset v7.17: Set cannot be created: set with the same name already exists\n[1]'],
    ['create a hash:ip -exist', ''],
    ['create b nosuch:type', "ipset v7.17: Syntax error: typename 'nosuch:type' is unknown\n[1]"],
    [
      'create b hash:ip nonsense 3',
      "ipset v7.17: Unknown argument: `nonsense'\nTry `ipset help' for more information.\n[2]",
    ],
    [
      'create b bitmap:port',
      "ipset v7.17: Mandatory option `range' is missing\nTry `ipset help' for more information.\n[2]",
    ],
    ['add a 10.0.0.1', "ipset v7.17: Element cannot be added to the set: it's already added\n[1]"],
    ['add a 10.0.0.1 -exist', ''],
    ['add a 10.0.0.300', 'ipset v7.17: Syntax error: cannot parse 10.0.0.300: resolving to IPv4 address failed\n[1]'],
    [
      'add a 10.0.0.1,tcp:80',
      'ipset v7.17: Syntax error: Elem separator in 10.0.0.1,tcp:80, but settype hash:ip supports none.\n[1]',
    ],
    ['add nosuch 10.0.0.1', 'ipset v7.17: The set with the given name does not exist\n[1]'],
    ['del a 10.0.0.99', "ipset v7.17: Element cannot be deleted from the set: it's not added\n[1]"],
    ['test a 10.0.0.1', 'Warning: 10.0.0.1 is in set a.\n'],
    ['test a 10.0.0.99', '10.0.0.99 is NOT in set a.\n[1]'],
    ['add a 10.0.0.5 timeout 5', 'ipset v7.17: Timeout cannot be used: set was created without timeout support\n[1]'],
    ['swap a nosuch', 'ipset v7.17: The set with the given name does not exist\n[1]'],
    [
      'nosuchcmd',
      "ipset v7.17: No command specified: unknown argument nosuchcmd\nTry `ipset help' for more information.\n[2]",
    ],
    [
      'add a',
      "ipset v7.17: Missing second mandatory argument to command add\nTry `ipset help' for more information.\n[2]",
    ],
  ])('%s', (line, answer) => {
    const { words } = tool()
    words('create a hash:ip')
    words('add a 10.0.0.1')
    expect(words(line)).toBe(answer)
  })

  it('lists a set with its extensions', () => {
    const { words } = tool()
    words(
      'restore',
      'create t hash:ip timeout 300 counters comment initval 0xf121ee68\nadd t 10.0.0.1 comment "hello world" packets 5 bytes 7\nadd t 10.0.0.2 timeout 0\n',
    )
    expect(words('list t')).toBe(`Name: t
Type: hash:ip
Revision: 6
Header: family inet hashsize 1024 maxelem 65536 timeout 300 counters comment bucketsize 12 initval 0xf121ee68
Size in memory: 468
References: 0
Number of entries: 2
Members:
10.0.0.1 timeout 300 packets 5 bytes 7 comment "hello world"
10.0.0.2 timeout 0 packets 0 bytes 0
`)
  })

  it('saves what it restores', () => {
    const { words } = tool()
    const text = `create n hash:net family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x00000001
add n 10.0.0.0/8
add n 10.1.0.0/16 nomatch
create p bitmap:port range 0-1023
add p 1
add p 80
create l list:set size 8
add l n
`
    expect(words('restore', text)).toBe('')
    expect(words('save')).toBe(text)
    expect(words('test n 10.1.5.5')).toBe('10.1.5.5 is NOT in set n.\n[1]')
    expect(words('test n 10.2.5.5')).toBe('Warning: 10.2.5.5 is in set n.\n')
    expect(words('test n 10.1.0.0/16 nomatch')).toBe('Warning: 10.1.0.0/16 is in set n.\n')
  })

  const hint = "\nTry `ipset help' for more information.\n[2]"
  it.each<[line: string, complaint: string, kept: boolean]>([
    [
      'add a 1.1.1.x',
      'Error in line 3: Syntax error: cannot parse 1.1.1.x: resolving to IPv4 address failed\n[1]',
      false,
    ],
    ['add a 1.1.1.1 timeout x', "Error in line 3: Syntax error: 'x' is invalid as number\n[1]", false],
    ['add a 1.1.1.1 timeout', `Missing mandatory argument of option \`timeout'${hint}`, false],
    ['add a 1.1.1.1 foo', `Unknown argument: \`foo'${hint}`, false],
    ['add a', `Missing second mandatory argument to command add${hint}`, false],
    ['add nope 1.1.1.1', 'Error in line 3: The set with the given name does not exist\n[1]', false],
    ['foo', `No command specified: unknown argument foo${hint}`, false],
    ['create b foo', "Error in line 3: Syntax error: typename 'foo' is unknown\n[1]", false],
    ['add a 1.1.1.1 timeout 5', 'Error in line 3: Timeout cannot be used: set was created without timeout support\n[1]', true], // prettier-ignore
    ['add a 1.1.1.9', "Error in line 3: Element cannot be added to the set: it's already added\n[1]", true],
    ['add a 1.1.1.9\nCOMMIT', "Error in line 3: Element cannot be added to the set: it's already added\n[1]", true],
    ['add a 1.1.1.9\ncreate b hash:ip', "Error in line 3: Element cannot be added to the set: it's already added\n[1]", true], // prettier-ignore
  ])('restores up to %s; additions right before a line it cannot read are lost', (line, complaint, kept) => {
    const { words } = tool()
    expect(words('restore', `create a hash:ip\nadd a 1.1.1.9\n${line}\n`)).toBe(`ipset v7.17: ${complaint}`)
    expect(words('save a').includes('add a 1.1.1.9')).toBe(kept)
  })

  it('keeps a set that a rule names, and a rule from naming one that is not there', () => {
    const { scene, ns, words } = tool()
    const rule = (set: string) =>
      iptables(
        readRuleset(scene.kernel, ns),
        ['-A', 'INPUT', '-m', 'set', '--match-set', set, 'src'],
        ruleWriter(scene.kernel, ns),
      )
    words('create a hash:ip')
    const added = rule('a')
    if (added.ok) writeRuleset(scene.kernel, ns, added.value.ruleset)
    expect(words('destroy a')).toBe('ipset v7.17: Set cannot be destroyed: it is in use by a kernel component\n[1]')
    expect(words('rename a b')).toBe('ipset v7.17: Set cannot be renamed: it is in use by another system\n[1]')
    expect(words('list -t a')).toContain('References: 1\n')
    const missing = rule('nosuch')
    expect(missing.ok ? '' : missing.error.stderr).toBe(
      "iptables v1.8.9 (nf_tables): Set nosuch doesn't exist.\n\nTry `iptables -h' or 'iptables --help' for more information.\n",
    )
  })
})
