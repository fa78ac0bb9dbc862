import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'

const digest = (text: string): string => bytesToHex(sha256(Uint8Array.from(text, (c) => c.charCodeAt(0) & 255)))

/** 64 hexadecimal digits, as the runtime names sandboxes and containers; made of the pod's uid, so that they are the same in every run. */
export const containerId = (uid: string, name: string, attempt: number): string => digest(`${uid}/${name}/${attempt}`)

/** `/var/run/netns/cni-…`: a UUID out of the sandbox's id. */
export function netnsName(sandbox: string): string {
  const h = digest(`netns/${sandbox}`)
  return `cni-${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20, 32)}`
}

/** As containerd names an image: with registry and tag. */
export function fullImageName(image: string): string {
  const [name, digestPart] = image.split('@') as [string, string?]
  const slash = name.indexOf('/')
  const host = slash < 0 ? '' : name.slice(0, slash)
  const hasRegistry = host.includes('.') || host.includes(':') || host === 'localhost'
  const path = hasRegistry ? name : slash < 0 ? `docker.io/library/${name}` : `docker.io/${name}`
  if (digestPart !== undefined) return `${path}@${digestPart}`
  return path.lastIndexOf(':') > path.lastIndexOf('/') ? path : `${path}:latest`
}

// Every status names the images of its pod again; what their ids are depends on their names alone.
const imageIds = new Map<string, string>()
const REMEMBERED_LIMIT = 10_000

/** `repository@sha256:…`. The digest is made up, and always the same for one name. */
export function imageId(image: string): string {
  let id = imageIds.get(image)
  if (id === undefined) {
    if (imageIds.size >= REMEMBERED_LIMIT) imageIds.clear()
    imageIds.set(image, (id = computeImageId(image)))
  }
  return id
}

function computeImageId(image: string): string {
  const full = fullImageName(image)
  if (full.includes('@')) return full
  return `${full.slice(0, full.lastIndexOf(':'))}@sha256:${digest(full)}`
}

/** distribution/reference: what can be an image name at all. */
export const isImageName = (image: string): boolean =>
  /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/.test(
    image,
  )
