/** Workers that said hello and are not known to be gone. Credit is in the attachments of their sockets. */
import type { StoredSession } from '../../engine/queue/rebuild.ts'
import type { Session } from '../../engine/queue/session.ts'

type SessionRow = {
  session: string
  worker_id: string
  build: string | null
  workflows: string
  tasks: string
  until: number | null
}

export class SessionStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  put({ session, workerId, build, workflows, tasks }: Session): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO sessions (session, worker_id, build, workflows, tasks) VALUES (?, ?, ?, ?, ?)',
      session,
      workerId,
      build ?? null,
      JSON.stringify([...workflows]),
      JSON.stringify([...tasks]),
    )
  }

  left(session: string, until: number): void {
    this.#sql.exec('UPDATE sessions SET until = ? WHERE session = ?', until, session)
  }

  delete(session: string): void {
    this.#sql.exec('DELETE FROM sessions WHERE session = ?', session)
  }

  read(): StoredSession[] {
    return [...this.#sql.exec<SessionRow>('SELECT * FROM sessions')].map(
      ({ session, worker_id, build, workflows, tasks, until }) => ({
        session,
        workerId: worker_id,
        ...(build !== null && { build }),
        workflows: JSON.parse(workflows) as string[],
        tasks: JSON.parse(tasks) as string[],
        ...(until !== null && { until }),
      }),
    )
  }
}
