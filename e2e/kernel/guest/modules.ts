import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Where a guest's devices and rules come from; all modules below. */
const FOLDERS = [
  'net/netfilter',
  'net/ipv4',
  'net/bridge',
  'net/8021q',
  'drivers/net/vxlan',
  'drivers/net/ipvlan',
  'drivers/net/wireguard',
]
// crc32c: connection tracking asks for it by an alias.
const NAMES = ['veth', 'geneve', 'dummy', 'macvlan', 'tun', 'virtio_pci', '9pnet_virtio', '9p', 'crc32c_generic']

/** One module of a kernel. `path` is below the folder of the kernel's modules. */
export interface Module {
  readonly path: string
  readonly needs: readonly string[]
  readonly aliases: readonly string[]
}

const nameOf = (path: string): string => basename(path, '.ko').replaceAll('-', '_')

/** The modules that scenarios may need, and what those need. `folder`: lib/modules/RELEASE of the kernel's package. */
export function chooseModules(folder: string): readonly Module[] {
  const paths = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ko'))
      .map((path) => [nameOf(path), path]),
  )
  const wanted = [...paths].filter(([name, path]) => {
    return NAMES.includes(name) || FOLDERS.some((each) => path.startsWith(`kernel/${each}/`))
  })
  const chosen = new Map<string, Module>()
  const choose = (name: string): void => {
    const path = paths.get(name)
    if (!path || chosen.has(name)) return
    const module = readModule(folder, path)
    chosen.set(name, module)
    module.needs.forEach(choose)
  }
  wanted.forEach(([name]) => choose(name))
  return [...chosen.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Dependencies and aliases as the module itself names them, in its section .modinfo: strings that end with a NUL. */
function readModule(folder: string, path: string): Module {
  const text = readFileSync(join(folder, path), 'latin1')
  const needs = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? ''
  const aliases = [...text.matchAll(/\0alias=([^\0]*)(?=\0)/g)].map((match) => match[1]!)
  return { path, needs: needs === '' ? [] : needs.split(',').map((name) => name.replaceAll('-', '_')), aliases }
}

/** What depmod(8) writes, as far as modprobe reads it; without it a kernel cannot load what a command needs. */
export function moduleIndex(modules: readonly Module[]): { readonly dep: string; readonly alias: string } {
  const byName = new Map(modules.map((module) => [nameOf(module.path), module]))
  // What needs nothing comes last: modprobe loads from the end.
  const below = ({ needs }: Module, found: Module[]): Module[] => {
    for (const next of needs.flatMap((name) => byName.get(name) ?? [])) {
      if (found.includes(next)) continue
      below(next, found)
      found.unshift(next)
    }
    return found
  }
  const dep = modules.map(
    (module) =>
      `${module.path}: ${below(module, [])
        .map(({ path }) => path)
        .join(' ')}`,
  )
  const alias = modules.flatMap(({ path, aliases }) => aliases.map((each) => `alias ${each} ${nameOf(path)}`))
  return { dep: `${dep.join('\n')}\n`, alias: `${alias.join('\n')}\n` }
}

/** The release of the one kernel in an unpacked package: `6.1.0-56-amd64`. */
export function releaseIn(root: string): string {
  const folder = ['lib/modules', 'usr/lib/modules'].map((each) => join(root, each)).find(existsSync)
  const release = folder && readdirSync(folder)[0]
  if (!release) throw new Error('the kernel’s package has no modules')
  return release
}
