import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Cpio } from './cpio.ts'
import { chooseModules, moduleIndex, releaseIn } from './modules.ts'
import { Packages } from './packages.ts'

/** A machine that is all software, with Debian's kernel: runs what this machine's own kernel cannot, and without root. */
export interface Guest {
  readonly qemu: string
  /** Folders of qemu's shared libraries and firmware, where it is not installed. */
  readonly libraries: string
  readonly firmware: readonly string[]
  readonly kernel: string
  readonly initramfs: string
}

/** What runs in the guest. */
const TOOLS = [
  'iproute2',
  'iptables',
  'nftables',
  'ipset',
  'conntrack',
  'ipvsadm',
  'wireguard-tools',
  'busybox-static',
  'dash',
]
/** What it takes to build and run it, where it is not there already. */
const MACHINE = ['qemu-system-x86', 'xz-utils']
const KERNEL = 'linux-image-amd64'

const RECIPE = ['guest.ts', 'modules.ts', 'cpio.ts', 'init.sh']

/** Outside of the repository: about 250 MB. */
function cacheFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(cache, 'hopscope/kernel-guest')
}

/** The guest, built where it is not there yet (a minute, 110 MB to download). Throws, saying why it cannot be had. */
export function ensureGuest(say: (line: string) => void): Guest {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('the guest is for Linux on x86-64')
  const recipe = createHash('sha256')
  for (const name of RECIPE) recipe.update(readFileSync(new URL(name, import.meta.url)))
  const folder = join(cacheFolder(), recipe.digest('hex').slice(0, 12))
  if (!existsSync(folder)) {
    if (spawnSync('apt-get', ['--version']).status !== 0) throw new Error('no apt to download Debian’s kernel with')
    say('downloading Debian’s kernel and qemu for the guest …')
    buildGuest(folder)
  }
  return guestIn(folder)
}

function guestIn(folder: string): Guest {
  const own = join(folder, 'machine/usr/bin/qemu-system-x86_64')
  const share = join(folder, 'machine/usr/share')
  return {
    qemu: existsSync(own) ? own : 'qemu-system-x86_64',
    libraries: ['usr/lib', 'lib'].map((each) => join(folder, 'machine', each, 'x86_64-linux-gnu')).join(':'),
    firmware: ['qemu', 'seabios', 'ipxe/qemu'].map((each) => join(share, each)).filter(existsSync),
    kernel: join(folder, 'vmlinux'),
    initramfs: join(folder, 'initramfs'),
  }
}

/** In a folder of another name first: what has the name is whole. */
function buildGuest(folder: string): void {
  const fresh = `${folder}.${process.pid}`
  try {
    const packages = new Packages(join(fresh, 'apt'))
    packages.update()
    packages.unpack(packages.closure(MACHINE, 'this machine'), join(fresh, 'machine'))
    packages.unpack(packages.closure(TOOLS, 'nothing'), join(fresh, 'tools'))
    packages.unpack([packages.dependencyOf(KERNEL)], join(fresh, 'kernel'))
    writeFileSync(join(fresh, 'vmlinux'), plainKernel(fresh))
    writeFileSync(join(fresh, 'initramfs'), initramfs(fresh))
    for (const name of ['apt', 'tools', 'kernel']) rmSync(join(fresh, name), { recursive: true })
    for (const old of siblings(folder)) rmSync(old, { recursive: true, force: true })
    renameSync(fresh, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** Guests of other recipes, finished ones. */
function siblings(folder: string): readonly string[] {
  const cache = cacheFolder()
  return readdirSync(cache)
    .filter((name) => !name.includes('.'))
    .map((name) => join(cache, name))
    .filter((each) => each !== folder)
}

/** The kernel out of its own decompressor: an emulated processor would take long over that. */
function plainKernel(fresh: string): Buffer {
  const boot = join(fresh, 'kernel/boot')
  const image = readdirSync(boot).find((name) => name.startsWith('vmlinuz-'))
  if (!image) throw new Error('the kernel’s package has no kernel')
  const bytes = readFileSync(join(boot, image))
  const at = bytes.indexOf(Buffer.from('\u00fd7zXZ\0', 'latin1'))
  const own = join(fresh, 'machine/usr/bin/xz')
  const run = spawnSync(existsSync(own) ? own : 'xz', ['-dc', '--single-stream'], {
    input: bytes.subarray(at),
    maxBuffer: 1 << 28,
  })
  if (run.stdout.length === 0) throw new Error(`xz: ${run.stderr.toString().trim()}`)
  return run.stdout
}

const UNUSED =
  /^(usr\/share\/(?!iproute2)|var\/|usr\/lib\/x86_64-linux-gnu\/(gconv|perl)|usr\/include|etc\/(init\.d|default|systemd))/
const IPTABLES = ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables-restore']

function initramfs(fresh: string): Buffer {
  const archive = new Cpio()
  archive.file('init', readFileSync(new URL('init.sh', import.meta.url)))
  for (const folder of ['proc', 'sys', 'dev', 'run', 'tmp', 'share', 'var']) archive.folder(folder)
  archive.link('var/run', '../run')
  // Not busybox's shell: that one has an ip of its own and takes no other.
  archive.link('bin/sh', 'dash')
  archive.file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
  for (const name of IPTABLES) archive.link(`usr/sbin/${name}`, 'xtables-nft-multi')
  archive.tree(join(fresh, 'tools'), '', (path) => !UNUSED.test(path))
  const release = releaseIn(join(fresh, 'kernel'))
  const home = `lib/modules/${release}`
  const source = join(fresh, 'kernel', home)
  const modules = chooseModules(source)
  for (const { path } of modules) archive.file(`${home}/${path}`, readFileSync(join(source, path)))
  const { dep, alias } = moduleIndex(modules)
  archive.file(`${home}/modules.dep`, dep)
  archive.file(`${home}/modules.alias`, alias)
  for (const name of ['modules.builtin', 'modules.order'])
    archive.file(`${home}/${name}`, readFileSync(join(source, name)))
  return archive.bytes()
}
