/**
 * How long things take on a node. Figures of the model, chosen to be of the right order and to let one watch what happens in
 * sequence; none of them is measured.
 */
import { hashText } from '../../base/hash.ts'
import { MS, SEC, type SimTime } from '../../base/time.ts'

/** From power-on until the kubelet registers its node. */
export const KUBELET_START: SimTime = 200 * MS
/** RunPodSandbox up to the CNI call: namespace, pause container. */
export const SANDBOX: SimTime = 30 * MS
/** CreateContainer and StartContainer. */
export const CONTAINER_START: SimTime = 20 * MS
/** StopPodSandbox and RemovePodSandbox. */
export const SANDBOX_STOP: SimTime = 10 * MS
/** From a container's start until the kubelet's probe workers see it running (PLEG relist, status manager). */
export const PROBE_START: SimTime = 500 * MS
/** A resolve of the tag when the image is there already and the policy is Always. */
export const PULL_CHECK: SimTime = 150 * MS

/** The first pull of an image on a node: between 0.4 and 1.2 seconds, by its name. */
export const pullTime = (image: string): SimTime => 400 * MS + (hashText(image) % 800) * MS

/** What the runtime says the image's size is: by its name, too. */
export const imageSize = (image: string): number => 8_000_000 + (hashText(image, 7) % 120_000_000)

/** kubelet: `updateRuntimeUp`, lease, status. */
export const RUNTIME_CHECK_PERIOD: SimTime = 5 * SEC
export const LEASE_PERIOD: SimTime = 10 * SEC
export const LEASE_DURATION_SECONDS = 40
/** nodeStatusReportFrequency: an unchanged status is posted this often. */
export const STATUS_REPORT_PERIOD: SimTime = 300 * SEC
/** The pod worker's own backoff after a failed sync (backOffPeriod). */
export const SYNC_BACKOFF: SimTime = 10 * SEC
/** How often mounted ConfigMaps and Secrets are looked at again (syncFrequency). */
export const VOLUME_REFRESH: SimTime = 60 * SEC

/** From a failed pull until the kubelet says that it waits: the next sync of the pod. */
export const PULL_REPORT: SimTime = SEC
/** backOffPeriod and MaxImageBackOff of pulls (k8s pkg/kubelet/kubelet.go). */
export const PULL_BACKOFF: SimTime = 10 * SEC
export const MAX_PULL_BACKOFF: SimTime = 300 * SEC

/** MaxContainerBackOff and its start (k8s pkg/kubelet/kubelet.go). */
export const CRASH_BACKOFF: SimTime = 10 * SEC
export const MAX_CRASH_BACKOFF: SimTime = 300 * SEC
export const BACKOFF_RESET: SimTime = 2 * MAX_CRASH_BACKOFF
