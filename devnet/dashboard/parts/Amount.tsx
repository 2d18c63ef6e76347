/** A field for a number. */

interface AmountProps {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly set: (value: number) => void;
}

export const Amount = ({ label, value, most, set }: AmountProps) => (
  <label>
    {label}{' '}
    <input
      type="number"
      min={0}
      max={most}
      value={value}
      onInput={event => {
        const { valueAsNumber } = event.currentTarget;
        if (Number.isFinite(valueAsNumber)) set(valueAsNumber);
      }}
    />
  </label>
);
