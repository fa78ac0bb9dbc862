import type { ApiServer } from '../api/store/store.ts'
import { corednsImages, corednsProgram } from '../agents/coredns/index.ts'
import type { ClusterReader } from '../agents/contracts/cluster-reader.ts'
import type { ImageEntry } from '../agents/contracts/image.ts'
import type { Program } from '../agents/contracts/program.ts'
import type { FlannelEnv } from '../agents/flannel/state.ts'
import { serverImages, serverPrograms } from '../agents/nginx/index.ts'
import { NODE_IMAGES, nodePrograms } from '../agents/node-agents.ts'
import { CURL_AGENT, toolboxImages, toolboxPrograms } from '../agents/toolbox/index.ts'

/** What the lab's curl calls itself in a request. */
export const HTTP_CLIENT = CURL_AGENT

/** Every image that the lab knows; any other runs as a stand-in. */
export const IMAGES: readonly ImageEntry[] = [...serverImages, ...corednsImages, ...toolboxImages, ...NODE_IMAGES]

/** Every program that a container or a shell can start. Those that work for the cluster get the node's environment. */
export const programsOf = (env: FlannelEnv): readonly Program[] => [
  ...serverPrograms,
  ...toolboxPrograms,
  ...nodePrograms(env),
  corednsProgram(readerOf(env.api)),
]

const readerOf = (api: ApiServer): ClusterReader => ({
  services: () => api.ofKind('Service'),
  endpointSlices: () => api.ofKind('EndpointSlice'),
  pods: () => api.ofKind('Pod'),
  namespaces: () => api.ofKind('Namespace'),
})
