import { createTwin } from './client.ts'
import { connectHost } from './host.ts'
import type { Picture } from './picture.ts'
import type { TimelineUpdate } from './protocol.ts'

/**
 * Opens a lab as the page does, and keeps what the simulator tells. `null` where that is not all there is to show: the text has errors,
 * the lab has not come to rest, or its topology changes during the story.
 */
export async function preparePicture(text: string): Promise<Picture | null> {
  const client = createTwin(connectHost)
  const updates: TimelineUpdate[] = []
  client.listen((notice) => notice.type === 'timeline' && updates.push(notice.update))
  const answer = await client.ask('open', { text })
  const [update] = updates
  const { view } = answer
  if (!update?.settled || !view) return null
  const [first, last] = await Promise.all(
    [update.story, update.length - 1].map((cursor) => client.ask('topology', { cursor })),
  )
  if (first!.revision !== last!.revision || first!.revision !== view.revision) return null
  return { answer: { ...answer, view }, update }
}
