import type { ImageEntry } from '../contracts/image.ts'
import type { Program } from '../contracts/program.ts'

/** The control plane's programs as they stand in containers on its node: they listen where the real ones do. What they do, the lab's API server, controllers and scheduler do. */
const LISTENS: Readonly<Record<string, readonly number[]>> = {
  etcd: [2379, 2380, 2381],
  'kube-apiserver': [6443],
  'kube-controller-manager': [10257],
  'kube-scheduler': [10259],
}

const NAMES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

const listener = (name: string): Program => ({
  name,
  start(ctx) {
    for (const port of LISTENS[name] ?? []) {
      const fd = ctx.socket('tcp', { reuseAddr: true })
      const bound = ctx.bind(fd, 0, port)
      if (bound.ok) ctx.listen(fd)
    }
  },
  // Nobody in the lab speaks TLS: whoever connects is accepted and finds the connection closed.
  on(ctx, event) {
    if (event.type === 'accepted') ctx.close(event.conn)
  },
  catches: [],
})

export const CONTROL_PLANE_PROGRAMS: readonly Program[] = NAMES.map(listener)

export const CONTROL_PLANE_IMAGES: readonly ImageEntry[] = NAMES.map((name) => ({
  names: [`registry.k8s.io/${name}`],
  entrypoint: [name],
  cmd: [],
  listens: () => LISTENS[name] ?? [],
}))
