/** Bounds on a lab document, so that a hostile one is refused instead of freezing the page. */
export const LIMITS = {
  /** UTF-8 bytes of the whole text, manifests included; also what a share link may inflate to. */
  bytes: 1024 * 1024,
  networks: 256,
  routers: 256,
  hosts: 1000,
  interfaces: 32,
  routes: 256,
  links: 2000,
  labels: 64,
  taints: 32,
  script: 1000,
  /** Characters of one command line. */
  command: 4096,
  addons: 32,
  /** Errors that are told of, and as many warnings. */
  problems: 100,
  positions: 20_000,
  folded: 20_000,
  /** Distance of anything from the canvas origin, either way. */
  coordinate: 1_000_000,
} as const
