import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scenario } from '../language.ts'
import type { Observation } from '../observation.ts'
import { scriptOf } from '../real/script.ts'
import { observationIn } from '../real/seen.ts'
import type { Guest } from './guest.ts'

export interface GuestRun {
  /** Of the guest's kernel: `6.1.192`. */
  readonly release: string
  /** What it did, or why there is nothing to see; `null`: its time was over before. */
  of(s: Scenario): Observation | Error | null
}

/** Plays scenarios in the guest, all in one boot: a few seconds, and one or two for each. `stage`: stage.c, linked statically. */
export async function runInGuest(
  guest: Guest,
  stage: string,
  scenarios: readonly Scenario[],
  seconds: number,
): Promise<GuestRun> {
  const share = mkdtempSync(join(tmpdir(), 'hopscope-guest-'))
  try {
    copyFileSync(stage, join(share, 'stage'))
    for (const s of scenarios) writeFileSync(join(share, `${s.name}.sh`), scriptOf(s))
    writeFileSync(join(share, 'list'), scenarios.map(({ name }) => `${name}\n`).join(''))
    const console = await boot(guest, share, seconds)
    if (!existsSync(join(share, 'version'))) throw new Error(`the guest did not come up: ${console.trim().slice(-300)}`)
    const seen = new Map(scenarios.map((s) => [s.name, seenIn(s, join(share, s.name))]))
    const release = /.*Debian (\d+\.\d+\.\d+)/.exec(readFileSync(join(share, 'version'), 'utf8'))?.[1] ?? 'unknown'
    return { release, of: (s) => seen.get(s.name) ?? null }
  } finally {
    rmSync(share, { recursive: true, force: true })
  }
}

function seenIn(s: Scenario, folder: string): Observation | Error | null {
  const status = join(folder, 'status')
  if (!existsSync(status)) return null
  if (readFileSync(status, 'utf8').trim() === '0') return observationIn(s, folder)
  return new Error(`the script failed in the guest: ${readFileSync(join(folder, 'log'), 'utf8').trim()}`)
}

/**
 * Time in the guest follows from the instructions that it has executed: a busy host cannot disturb it, and idle waits cost nothing. Without
 * that, and with more than one processor, it hangs now and then.
 */
const CLOCK = ['-icount', 'shift=1,sleep=off', '-smp', '1', '-accel', 'tcg,thread=single,tb-size=256', '-cpu', 'max']
const BOARD = ['-M', 'microvm,acpi=on,pic=on,pit=on,rtc=on,isa-serial=on,pcie=on', '-m', '768']
const BARE = ['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio']
const KERNEL_WORDS =
  'console=ttyS0 quiet loglevel=3 reboot=t panic=-1 mitigations=off nokaslr random.trust_cpu=on audit=0 apparmor=0 selinux=0'

/** Answers what it printed. */
function boot(guest: Guest, share: string, seconds: number): Promise<string> {
  const args = [
    ...[...BOARD, ...CLOCK, ...BARE, ...guest.firmware.flatMap((folder) => ['-L', folder])],
    ...['-kernel', guest.kernel, '-initrd', guest.initramfs, '-append', KERNEL_WORDS],
    ...['-fsdev', `local,id=share,path=${share},security_model=none,multidevs=remap`],
    ...['-device', 'virtio-9p-pci,fsdev=share,mount_tag=share'],
  ]
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LD_LIBRARY_PATH: guest.libraries }
    const child = spawn(guest.qemu, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: seconds * 1000 })
    let printed = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()))
    child.on('error', reject)
    child.on('exit', () => resolve(printed))
  })
}
