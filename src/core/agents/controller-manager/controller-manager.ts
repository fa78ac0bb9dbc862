import { KINDS } from '../../api/kinds/registry.ts'
import type { ApiServer } from '../../api/store/store.ts'
import { type ControllerContext, Informers } from '../contracts/informer.ts'
import type { WorkQueues } from '../contracts/work-queue.ts'
import { daemonSetController } from './daemonset/daemonset.ts'
import { deploymentController } from './deployment/deployment.ts'
import { endpointsController } from './endpoints/endpoints.ts'
import { endpointSliceController } from './endpointslice/endpointslice.ts'
import { endpointSliceMirroringController } from './endpointslice-mirroring/endpointslice-mirroring.ts'
import { garbageCollector } from './garbage-collector/garbage-collector.ts'
import { namespaceController } from './namespace/namespace.ts'
import { type NodeIpamConfig, nodeIpamController } from './node-ipam/node-ipam.ts'
import { nodeLifecycleController } from './node-lifecycle/node-lifecycle.ts'
import { taintEvictionController } from './node-lifecycle/taint-eviction.ts'
import { podGarbageCollector } from './pod-gc.ts'
import { replicaSetController } from './replicaset/replicaset.ts'
import { rootCaPublisher, serviceAccountController } from './serviceaccount/serviceaccount.ts'

export type ControllerManagerConfig = NodeIpamConfig

/** Written too often, and owned by nothing that anybody deletes. */
const UNWATCHED: readonly string[] = ['Event', 'Lease']

/** kube-controller-manager: declares its tables, queues and event kinds; `start` begins to watch. */
export function controllerManager(
  api: ApiServer,
  queues: WorkQueues,
  config: ControllerManagerConfig,
): { start(): void } {
  const ctx: ControllerContext = { api, queues, informers: new Informers(api, 'kube-controller-manager') }
  const kinds = KINDS.map((info) => info.kind).filter((kind) => !UNWATCHED.includes(kind))
  serviceAccountController(ctx)
  rootCaPublisher(ctx)
  nodeIpamController(ctx, config)
  const lifecycle = nodeLifecycleController(ctx)
  taintEvictionController(ctx)
  podGarbageCollector(ctx)
  // Before the deployments: of what happens in one instant, pods follow first, and no rollout runs ahead of them.
  replicaSetController(ctx)
  daemonSetController(ctx)
  deploymentController(ctx)
  endpointSliceController(ctx)
  endpointsController(ctx)
  endpointSliceMirroringController(ctx)
  namespaceController(ctx, kinds)
  garbageCollector(ctx, kinds)
  return {
    start() {
      ctx.informers.start()
      lifecycle.start()
    },
  }
}
