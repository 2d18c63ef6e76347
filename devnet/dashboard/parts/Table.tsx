/** A table that becomes a list of cards where the screen is narrow. */
import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
}

interface TableProps<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** Said in place of an empty table. */
  readonly none: string;
  readonly test?: string;
}

export function Table<Row>({ columns, rows, keyOf, none, test }: TableProps<Row>) {
  if (rows.length === 0) return <p class="quiet">{none}</p>;
  return (
    <table class="stack" data-test={test}>
      <thead>
        <tr>
          {columns.map(({ title, isNumber }) => (
            <th key={title} class={isNumber ? 'number' : ''}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={keyOf(row)}>
            {columns.map(({ title, isNumber, cell }) => (
              <td key={title} class={isNumber ? 'number' : ''} data-title={title}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
