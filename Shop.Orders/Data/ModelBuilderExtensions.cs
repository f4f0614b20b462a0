using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Shop.Contracts;

namespace Shop.Orders.Data;

internal static class ModelBuilderExtensions
{
    /// <summary>Maps an amount of money to the columns <c>{prefix}_amount</c> and <c>{prefix}_currency</c>.</summary>
    public static void HasMoneyColumns(this ComplexPropertyBuilder<Money> money, string prefix)
    {
        money.Property(m => m.Amount).HasColumnName($"{prefix}_amount");
        money.Property(m => m.Currency).HasColumnName($"{prefix}_currency").HasMaxLength(3).IsFixedLength();
    }

    /// <summary>Adds a check constraint that limits a column to the names of an enumeration.</summary>
    public static void HasEnumCheckConstraint<TEnum>(this TableBuilder table, string name, string column) where TEnum : struct, Enum =>
        table.HasCheckConstraint(name, $"{column} in ('{string.Join("', '", Enum.GetNames<TEnum>())}')");
}
