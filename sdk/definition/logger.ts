/** What `ctx.log` is, and where it goes. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Record<string, unknown>

export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export interface LogEntry {
  level: LogLevel
  message: string
  fields: LogFields
  executionId: string
  run: number
  /** Of a task's log. */
  taskId?: string
}

export const loggerTo = (write: (level: LogLevel, message: string, fields: LogFields) => void): Logger => ({
  debug: (message, fields = {}) => write('debug', message, fields),
  info: (message, fields = {}) => write('info', message, fields),
  warn: (message, fields = {}) => write('warn', message, fields),
  error: (message, fields = {}) => write('error', message, fields),
})
