/** What keys and menus may ask of the camera, which lives inside the graph. */
export type CameraCommand = 'fit' | 'in' | 'out' | 'actual' | { readonly host: string }

const listeners = new Set<(command: CameraCommand) => void>()

export function listenToCamera(listener: (command: CameraCommand) => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export function moveCamera(command: CameraCommand): void {
  for (const listener of listeners) listener(command)
}
