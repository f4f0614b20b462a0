using System.Text.RegularExpressions;
using Google.Protobuf.Collections;
using Shop.Catalog.Stock;
using ReservationLine = Shop.Contracts.Catalog.V1.ReservationLine;

namespace Shop.Catalog.Calls;

/// <summary>What the fields of a call must be.</summary>
internal static partial class CallRules
{
    // A cart has at most 100 lines; a caller with more has lost its way.
    private const int MostSkus = 200;

    public static void CheckSku(this CallRefusal bad, string sku) => bad.Unless(IsSku(sku), "sku", "Not a SKU.");

    public static void CheckSkus(this CallRefusal bad, RepeatedField<string> skus)
    {
        bad.Unless(skus.Count <= MostSkus, "skus", $"At most {MostSkus} in one call.");
        bad.Unless(skus.All(IsSku), "skus", "Not all of them are SKUs.");
    }

    public static void CheckCategory(this CallRefusal bad, string category) =>
        bad.Unless(category.Length == 0 || Category().IsMatch(category), "category", "Not a category.");

    public static void CheckOrder(this CallRefusal bad, string orderId) =>
        bad.Unless(Guid.TryParse(orderId, out var id) && id != Guid.Empty, "order_id", "Not a UUID.");

    public static void CheckLines(this CallRefusal bad, RepeatedField<ReservationLine> lines)
    {
        bad.Unless(lines.Count is > 0 and <= MostSkus, "lines", $"1 to {MostSkus} are needed.");
        bad.Unless(lines.DistinctBy(line => line.Sku).Count() == lines.Count, "lines", "Two have the same SKU.");
        for (var i = 0; i < lines.Count && i < MostSkus; i++)
        {
            bad.Unless(IsSku(lines[i].Sku), $"lines[{i}].sku", "Not a SKU.");
            bad.Unless(lines[i].Quantity is > 0 and <= StockItem.MostPieces, $"lines[{i}].quantity", "Not above 0.");
        }
    }

    public static void CheckReason(this CallRefusal bad, string reason) =>
        bad.Unless(Reason().IsMatch(reason), "reason", "One word: letters, digits, hyphens and underscores.");

    private static bool IsSku(string text) => Sku().IsMatch(text);

    // \z, since $ would let a line end through.
    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,32}\z")]
    private static partial Regex Sku();

    [GeneratedRegex(@"\A[^\p{Cc}\s][^\p{Cc}]{0,49}\z")]
    private static partial Regex Category();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Reason();
}
