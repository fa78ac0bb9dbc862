import { describe, expect, it } from 'vitest'
import { INSTANT } from './commands.ts'
import type { Instant, InstantCommand } from './instant.ts'

const FILES: Readonly<Record<string, string>> = {
  '/etc/hosts': '127.0.0.1\tlocalhost\n10.50.1.2\talpha.sub.default.svc.cluster.local\talpha\n',
  '/m/one': '1',
  '/m/two/x': '2',
}

function run(line: string): Instant {
  const [name = '', ...args] = line.split(' ')
  const ctx = {
    hostname: 'alpha',
    stdin: '',
    now: 0,
    readFile: (path: string) => FILES[path] ?? null,
    listFiles: (path: string) => Object.keys(FILES).filter((file) => path === '/' || file.startsWith(`${path}/`)),
  }
  return INSTANT[name]!(ctx as unknown as Parameters<InstantCommand>[0], args)
}

describe('small commands', () => {
  it.each([
    ['hostname', 'alpha\n'],
    ['hostname -f', 'alpha.sub.default.svc.cluster.local\n'],
    ['hostname -d', 'sub.default.svc.cluster.local\n'],
    ['hostname -i', '10.50.1.2\n'],
    ['uname', 'Linux\n'],
    ['uname -nr', 'alpha 6.18.0\n'],
    ['uname -a', 'Linux alpha 6.18.0 #1 SMP x86_64 GNU/Linux\n'],
    ['ls /m', 'one\ntwo\n'],
    ['ls /m/one /etc /m', '/m/one\n\n/etc:\nhosts\n\n/m:\none\ntwo\n'],
    ['date -u +%s', '1767225600\n'],
  ])('%s', (line, out) => expect(run(line).out).toBe(out))

  it.each([
    ['ls /nope', 'ls: /nope: No such file or directory\n'],
    ['ls -R /m', "ls: invalid option -- 'R'\n"],
    ['ls -la /m', 'ls: files of this lab have no owners, modes or dates: names only\n'],
    ['uname -z', "uname: invalid option -- 'z'\n"],
    ['hostname other', 'hostname: sethostname: Operation not permitted\n'],
    ['date -d yesterday', 'date: invalid option -d\n'],
    ['cat -n /m/one', "cat: invalid option -- 'n'\n"],
  ])('%s is not passed over', (line, err) => expect(run(line).err).toBe(err))
})
