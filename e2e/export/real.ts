import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const TOOLS = ['ip', 'bridge', 'iptables-restore', 'iptables-save', 'unshare', 'sysctl', 'python3', 'curl', 'mount']
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` }
const has = (tool: string): boolean => spawnSync('sh', ['-c', `command -v ${tool}`], { env }).status === 0

/** Why exported labs cannot be run here; `null`: they can. */
export function missing(): string | null {
  if (process.platform !== 'linux') return 'this is no Linux'
  if (process.getuid?.() !== 0) return 'not root'
  const absent = TOOLS.filter((tool) => !has(tool))
  if (absent.length > 0) return `no ${absent.join(', ')}`
  const probe =
    'mount -t tmpfs tmpfs /run && mkdir /run/netns && ip netns add a && ip -n a link add x type veth peer name y'
  const tried = spawnSync('unshare', ['-m', '-n', '-p', '-f', '--kill-child', 'sh', '-c', probe], {
    env,
    encoding: 'utf8',
  })
  return tried.status === 0
    ? null
    : `network namespaces cannot be used here (${tried.stderr.trim().split('\n').at(-1)})`
}

export const hasPing = (): boolean => has('ping')
/** Some kernels are built without dummy devices. */
export const hasDummy = (): boolean =>
  spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'x', 'type', 'dummy'], { env }).status === 0
export const hasBridgeNetfilter = (): boolean =>
  spawnSync('sh', ['-c', 'test -e /proc/sys/net/bridge || modprobe br_netfilter'], { env }).status === 0

/** What is there before `up` and must be there again, and nothing else, after `down`. */
const SURROUNDINGS = `surroundings() { ip netns; ip link | sed 's/qlen.*//'; iptables-save | grep -v '^#' || :; ls -A /run /etc/netns; ps -e -o args | grep -c '[s]ervers.py' || :; }`

/**
 * Runs an exported script: \`up\`, then \`inside\` (shell), then \`down\`, all in namespaces of its own. Answers what \`inside\` printed;
 * rejects when a verb fails, when \`up\` can be run twice, or when \`down\` leaves something behind.
 */
export function runExport(files: ReadonlyMap<string, string>, inside: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-export-'))
  for (const [name, text] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const script = join(folder, [...files.keys()][0]!)
  writeFileSync(
    join(folder, 'all.sh'),
    `set -eu
${SURROUNDINGS}
mount -t tmpfs tmpfs /run; mkdir -p /run/netns /etc/netns; mount -t tmpfs tmpfs /etc/netns
surroundings > '${folder}/before'
sh '${script}' up > '${folder}/up' 2>&1 || { cat '${folder}/up' >&2; exit 1; }
if sh '${script}' up > '${folder}/again' 2>&1; then echo 'it can be brought up twice' >&2; exit 1; fi
script='${script}'
sh '${folder}/inside.sh' '${script}' > '${folder}/out' 2> '${folder}/err' || { cat '${folder}/err' >&2; exit 1; }
sh '${script}' down
surroundings > '${folder}/after'
cmp '${folder}/before' '${folder}/after' || { diff '${folder}/before' '${folder}/after' >&2; exit 1; }
`,
  )
  writeFileSync(join(folder, 'inside.sh'), inside)
  return new Promise((resolve, reject) => {
    const args = ['-m', '-n', '-p', '-f', '--kill-child', '--mount-proc', 'sh', join(folder, 'all.sh')]
    const child = spawn('unshare', args, { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 60_000 })
    let problems = ''
    child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString()))
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      const output = code === 0 ? readFileSync(join(folder, 'out'), 'utf8') : ''
      rmSync(folder, { recursive: true, force: true })
      removeIfEmpty('/etc/netns')
      if (code === 0) resolve(output)
      else reject(new Error(`ended with ${code ?? signal}: ${problems.trim()}`))
    })
  })
}

/** The mount point that a private mount stood on. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // somebody else's
  }
}
