/** What a store needs of a database: an object's, or a test's. */
export interface Sql {
  exec<Row extends Record<string, SqlValue>>(query: string, ...bindings: (string | number | null)[]): Iterable<Row>
}

type SqlValue = string | number | null | ArrayBuffer
