import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { encodeShare } from '../scenario/share/encode.ts'
import { readArguments } from './arguments.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const LAB = 'public/labs/flannel-vxlan.yaml'
const TEXT = readFileSync(join(ROOT, LAB), 'utf8')
const SCRATCH = mkdtempSync(join(tmpdir(), 'hopscope-'))

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs the command line as `npm run hopscope` does. */
function hopscope(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: ROOT, maxBuffer: 1 << 28 }
    const child = execFile(process.execPath, ['src/cli/launch/hopscope.mjs', ...args], options, (_, stdout, stderr) =>
      resolve({ status: child.exitCode ?? -1, stdout, stderr }),
    )
    child.stdin!.end(input)
  })
}

describe('arguments', () => {
  it('are read up to the two dashes; the rest is the command', () => {
    expect(readArguments(['exec', 'a.yaml', '--in', 'node/n', '--at', '2s', '--', 'ls', '--in', '-o'])).toEqual({
      verb: 'exec',
      lab: 'a.yaml',
      in: 'node/n',
      at: '2s',
      until: null,
      json: false,
      out: null,
      to: null,
      command: ['ls', '--in', '-o'],
    })
  })

  it.each([
    [[], /verb is missing/],
    [['fly', 'a.yaml'], /unknown verb fly/],
    [['run'], /LAB is missing/],
    [['run', 'a.yaml', 'b.yaml'], /unexpected argument b\.yaml/],
    [['run', 'a.yaml', '--fast'], /--fast/],
    [['exec', 'a.yaml', '--', 'ls'], /exec needs --in PLACE/],
    [['trace', 'a.yaml', '--in', 'node/n'], /trace needs a command/],
    [['pcap', 'a.yaml', '--in', 'node/n', '--', 'ls'], /pcap needs -o FILE/],
  ] as const)('%j are refused in words', (argv, words) => {
    expect(readArguments(argv)).toMatch(words)
  })
})

describe('hopscope', { timeout: 60_000 }, () => {
  it('exec prints what the command prints, and ends with its status', async () => {
    const [page, status] = await Promise.all([
      hopscope(['exec', LAB, '--in', 'pod/default/client', '--', 'curl', '-s', 'http://web']),
      hopscope(
        ['exec', '-', '--in', 'deploy/default/web', '--', 'sh', '-c', 'hostname; echo "a  b" >&2; exit 7'],
        TEXT,
      ),
    ])
    expect(page).toMatchObject({ status: 0, stderr: '' })
    expect(page.stdout).toMatch(/^<!DOCTYPE html>\n[^]*Welcome to nginx!/)
    expect(status).toMatchObject({ status: 7, stderr: 'a  b\n' })
    expect(status.stdout).toMatch(/^web-[a-z0-9]+-[a-z0-9]{5}\n$/)
  })

  it('ip netns exec runs programs in a namespace made by hand', async () => {
    const script = [
      'ip netns add red',
      'ip link add r0 type veth peer name eth0 netns red',
      'ip addr add 10.1.0.1/24 dev r0 && ip link set r0 up',
      'ip -n red addr add 10.1.0.2/24 dev eth0 && ip -n red link set eth0 up',
      'ip netns exec red ping -q -c 1 10.1.0.1 | grep received',
      "ip netns exec red sh -c 'nc -l -p 80 & ss -tln | grep -c LISTEN'",
      'ip netns exec red nothing',
    ].join('; ')
    const { status, stdout, stderr } = await hopscope(['exec', LAB, '--in', 'host/laptop', '--', 'sh', '-c', script])
    expect(stdout).toBe('1 packets transmitted, 1 received, 0% packet loss, time 0ms\n1\n')
    expect(stderr).toBe('exec of "nothing" failed: No such file or directory\n')
    expect(status).toBe(255)
  })

  it('kubectl run -i stays until its pod has ended, takes over its status, and removes it', async () => {
    const run = 'kubectl run t --image=busybox -i --rm --restart=Never --'
    const script = `${run} wget -qO- http://web | head -1; kubectl get pod t; ${run} sh -c "echo out; exit 3"`
    const ended = await hopscope(['exec', LAB, '--in', 'node/cp1', '--', script])
    expect(ended.stdout).toBe('<!DOCTYPE html>\nout\npod "t" deleted from default namespace\n')
    expect(ended.stderr).toBe('Error from server (NotFound): pods "t" not found\npod default/t terminated (Error)\n')
    expect(ended.status).toBe(3)
  })

  it('what cannot be read or found ends with 2 and is told at its place', async () => {
    const bad = join(SCRATCH, 'bad.yaml')
    writeFileSync(bad, TEXT.replace('replicas: 3', 'replicas: three'))
    const line = TEXT.split('\n').findIndex((each) => each.includes('replicas: 3')) + 1
    const [text, place, usage] = await Promise.all([
      hopscope(['run', bad]),
      hopscope(['exec', LAB, '--in', 'pod/default/nobody', '--', 'true']),
      hopscope(['exec', LAB]),
    ])
    expect(text.status).toBe(2)
    expect(text.stdout).toBe('')
    expect(text.stderr).toMatch(new RegExp(`^${bad}:${line}:\\d+: error: Deployment in version "v1" cannot be handled`))
    expect(place).toMatchObject({ status: 2, stderr: 'Error from server (NotFound): pods "nobody" not found\n' })
    expect(usage.status).toBe(2)
    expect(usage.stderr).toMatch(/^hopscope: exec needs --in PLACE\n\nUsage: /)
  })

  it('trace prints every step of what the command set off, out of a share link as well', async () => {
    const link = `https://example.org/#${encodeShare({ text: TEXT, cursor: null }).replace(/^#/, '')}`
    const ended = await hopscope(['trace', link, '--in', 'pod/default/client', '--', 'curl -s -o /dev/null http://web'])
    expect(ended).toMatchObject({ status: 0, stderr: '' })
    const lines = ended.stdout
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as Record<string, unknown>)
    const fields = 'v step t packet parent origin node netns dev point verdict drop layers decided subject cause say'
    for (const each of lines) {
      expect(Object.keys(each)).toEqual(fields.split(' '))
      expect(each['v']).toBe(1)
      expect(each['packet']).toMatch(/^p\d+$/)
      expect(each['say']).not.toBe('')
    }
    const steps = lines.map((each) => each['step'] as number)
    expect(steps).toEqual([...steps].sort((a, b) => a - b))
    expect(lines.every((each) => each['drop'] === null)).toBe(true)
    const dnat = lines.find(
      (each) => JSON.stringify(each['decided']).includes('DNAT') && String(each['say']).includes(':80'),
    )
    expect(dnat).toMatchObject({
      decided: { kind: 'rule', table: 'nat' },
      subject: expect.arrayContaining(['Service/default/web']),
    })
    expect(dnat!['cause']).toMatch(/^kube-proxy@node\d ← EndpointSlice\/default\/web-\w+ ← .* ← you$/)
  })

  it('pcap writes a capture, run narrates, verify agrees', async () => {
    const file = join(SCRATCH, 'a.pcapng')
    const [pcap, run, json, verify] = await Promise.all([
      hopscope(['pcap', LAB, '--in', 'pod/default/client', '-o', file, '--', 'curl', '-s', 'http://web']),
      hopscope(['run', 'public/labs/plain-network.yaml']),
      hopscope(['run', 'public/labs/plain-network.yaml', '--json', '--until', '500us']),
      hopscope(['verify', 'public/labs/plain-network.yaml']),
    ])
    expect(pcap).toMatchObject({ status: 0, stdout: '', stderr: '' })
    expect(readFileSync(file).readUInt32LE(0)).toBe(0x0a0d0d0a)
    expect(run.status).toBe(0)
    expect(run.stdout).toMatch(/^ +\d+\.\d{6} {2}\S/)
    expect(run.stdout).toMatch(/alice/)
    for (const each of json.stdout.trimEnd().split('\n')) {
      expect((JSON.parse(each) as { readonly t: number }).t).toBeLessThanOrEqual(500_000)
    }
    expect(verify.status).toBe(0)
    expect(verify.stdout).toMatch(/^(ok {3}.*\n){3}state [0-9a-f]+, \d+ steps, \d+ packets\n$/)
  })
})
