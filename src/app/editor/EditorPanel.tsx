import { Suspense, lazy, useEffect, useState } from 'react'
import { useI18n } from '../state/i18n.ts'
import { useLab } from '../state/stores.ts'
import { EmptyState } from '../ui/EmptyState.tsx'

const YamlEditor = lazy(() => import('./YamlEditor.tsx'))

/** Until Monaco is here the text stands as it is: nothing jumps, and nothing of Monaco delays the first picture. */
export function EditorPanel() {
  const { t } = useI18n()
  const text = useLab((state) => state.history.present)
  const running = useLab((state) => state.status === 'running')
  const [after, setAfter] = useState(false)
  useEffect(() => {
    if (!running) return
    const timer = setTimeout(() => setAfter(true), 400)
    return () => clearTimeout(timer)
  }, [running])
  if (!running && text === '') return <EmptyState title={t('ui.loading')} />
  const plain = <pre className="yaml-plain">{text}</pre>
  return after ? (
    <Suspense fallback={plain}>
      <YamlEditor />
    </Suspense>
  ) : (
    plain
  )
}
