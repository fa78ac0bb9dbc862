import type { ImageEntry } from '../contracts/image.ts'

export { COREDNS_VERSION, corednsProgram } from './coredns.ts'

export const corednsImages: readonly ImageEntry[] = [
  {
    names: [
      'coredns/coredns',
      'registry.k8s.io/coredns/coredns',
      'registry.k8s.io/coredns',
      'rancher/mirrored-coredns-coredns',
    ],
    entrypoint: ['/coredns'],
    cmd: [],
    listens: () => [53],
  },
]
