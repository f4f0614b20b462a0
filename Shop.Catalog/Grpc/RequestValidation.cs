using System.Text.RegularExpressions;
using Google.Protobuf.Collections;
using Google.Rpc;
using Grpc.Core;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Contracts;
using ReservationLine = Shop.Contracts.Catalog.V1.ReservationLine;

namespace Shop.Catalog.Grpc;

/// <summary>Validates gRPC requests and collects all invalid fields.</summary>
internal sealed partial class RequestValidation
{
    private readonly BadRequest _badRequest = new();

    /// <summary>Validates a request.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT with a google.rpc.BadRequest that describes each invalid field.</exception>
    public static void Validate(Action<RequestValidation> rules)
    {
        var validation = new RequestValidation();
        rules(validation);
        if (validation._badRequest.FieldViolations.Count > 0)
        {
            throw RpcErrors.InvalidArgument(validation._badRequest);
        }
    }

    public void Require(bool condition, string field, string description)
    {
        if (!condition)
        {
            _badRequest.FieldViolations.Add(new BadRequest.Types.FieldViolation { Field = field, Description = description });
        }
    }

    public void RequireSku(string sku) => Require(OrderLimits.IsSku(sku), "sku", "Must be a SKU.");

    public void RequireSkus(RepeatedField<string> skus)
    {
        Require(skus.Count <= OrderLimits.MaxLines, "skus", $"Must have at most {OrderLimits.MaxLines} items.");
        Require(skus.All(OrderLimits.IsSku), "skus", "Must contain only SKUs.");
    }

    public void RequireCategoryOrEmpty(string category) =>
        Require(category.Length == 0 || IsFullMatch(Category(), category), "category", "Must be a category or empty.");

    public void RequireOrderId(string orderId) =>
        Require(Guid.TryParse(orderId, out var id) && id != Guid.Empty, "order_id", "Must be a UUID.");

    public void RequireLines(RepeatedField<ReservationLine> lines)
    {
        Require(lines.Count is > 0 and <= OrderLimits.MaxLines, "lines", $"Must have 1 to {OrderLimits.MaxLines} items.");
        Require(lines.DistinctBy(line => line.Sku).Count() == lines.Count, "lines", "Must have one item for each SKU.");
        for (var i = 0; i < lines.Count && i < OrderLimits.MaxLines; i++)
        {
            Require(OrderLimits.IsSku(lines[i].Sku), $"lines[{i}].sku", "Must be a SKU.");
            Require(
                lines[i].Quantity is > 0 and <= StockItem.MaxQuantity,
                $"lines[{i}].quantity",
                $"Must be between 1 and {StockItem.MaxQuantity}.");
        }
    }

    public void RequireReason(string reason) =>
        Require(IsFullMatch(Reason(), reason), "reason", "Must be 1 to 64 letters, digits, hyphens and underscores.");

    // "$" also matches before a final line feed.
    private static bool IsFullMatch(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match && match.Length == text.Length;

    [GeneratedRegex(Product.CategoryPattern)]
    private static partial Regex Category();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex Reason();
}
