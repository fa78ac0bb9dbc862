import type { ImageEntry } from '../contracts/image.ts'
import type { Program } from '../contracts/program.ts'
import { agnhost } from './agnhost.ts'
import { echoServer, httpEcho, standIn, whoami } from './echo.ts'
import { option } from './http-program.ts'
import { httpd, nginx } from './nginx.ts'
import { NGINX_INDEX } from './pages.ts'
import { pause } from './pause.ts'

/** Web servers and test servers, and the stand-in for images that nobody knows. */
export const serverPrograms: readonly Program[] = [nginx, httpd, httpEcho, whoami, echoServer, agnhost, pause, standIn]

const portOf = (argv: readonly string[], name: string, otherwise: number): number =>
  Number((option(argv, name) ?? '').split(':').at(-1)) || otherwise

export const serverImages: readonly ImageEntry[] = [
  {
    names: ['nginx', 'nginxinc/nginx-unprivileged', 'quay.io/nginx/nginx-unprivileged'],
    entrypoint: ['nginx'],
    cmd: ['-g', 'daemon off;'],
    listens: () => [80],
    files: { '/usr/share/nginx/html/index.html': NGINX_INDEX },
  },
  { names: ['httpd'], entrypoint: ['httpd-foreground'], cmd: [], listens: () => [80] },
  {
    names: ['hashicorp/http-echo'],
    entrypoint: ['/http-echo'],
    cmd: [],
    listens: (argv) => [portOf(argv, 'listen', 5678)],
  },
  {
    names: ['traefik/whoami', 'containous/whoami'],
    entrypoint: ['/whoami'],
    cmd: [],
    listens: (argv) => [portOf(argv, 'port', 80)],
  },
  { names: ['ealen/echo-server'], entrypoint: ['echo-server'], cmd: [], listens: () => [80] },
  {
    names: ['registry.k8s.io/e2e-test-images/agnhost', 'k8s.gcr.io/e2e-test-images/agnhost'],
    entrypoint: ['/agnhost'],
    cmd: ['pause'],
    listens: (argv) =>
      argv[1] === 'netexec'
        ? [portOf(argv, 'http-port', 8080)]
        : argv[1] === 'serve-hostname'
          ? [portOf(argv, 'port', 9376)]
          : [],
  },
  {
    names: ['registry.k8s.io/pause', 'k8s.gcr.io/pause', 'gcr.io/google_containers/pause', 'rancher/mirrored-pause'],
    entrypoint: ['/pause'],
    cmd: [],
    listens: () => [],
  },
]
