import { lazy, Suspense, useEffect } from 'react'
import { usePage } from '../state/stores.ts'

const loadShare = () => import('../share/ShareDialog.tsx')
const loadLabs = () => import('../share/LabsDialog.tsx')
const loadTake = () => import('../share/TakeHomeDialog.tsx')
const loadPassport = () => import('../passport/PassportDialog.tsx')
const loadHelp = () => import('../help/HelpDialog.tsx')
const loadPalette = () => import('../help/Palette.tsx')
const ShareDialog = lazy(async () => ({ default: (await loadShare()).ShareDialog }))
const LabsDialog = lazy(async () => ({ default: (await loadLabs()).LabsDialog }))
const TakeHomeDialog = lazy(async () => ({ default: (await loadTake()).TakeHomeDialog }))
const PassportDialog = lazy(async () => ({ default: (await loadPassport()).PassportDialog }))
const HelpDialog = lazy(async () => ({ default: (await loadHelp()).HelpDialog }))
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))

const QUIET_AFTER_MS = 3000
/** The dialogs load when nothing else does: whoever types right after Ctrl+K loses no letter. */
function loadDialogs(): () => void {
  const timer = setTimeout(() => {
    for (const load of [loadPalette, loadShare, loadLabs, loadHelp, loadTake, loadPassport]) {
      // Offline by now, say: the dialog loads when it is opened, or says so then.
      load().catch(() => {})
    }
  }, QUIET_AFTER_MS)
  return () => clearTimeout(timer)
}

export function Dialogs() {
  useEffect(loadDialogs, [])
  const dialog = usePage((state) => state.dialog)
  if (dialog === 'none') return null
  return (
    <Suspense fallback={null}>
      {dialog === 'share' && <ShareDialog />}
      {dialog === 'labs' && <LabsDialog />}
      {dialog === 'take' && <TakeHomeDialog />}
      {dialog === 'passport' && <PassportDialog />}
      {dialog === 'help' && <HelpDialog />}
      {dialog === 'palette' && <Palette />}
    </Suspense>
  )
}
