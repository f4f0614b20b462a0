using System.Text.RegularExpressions;
using Google.Protobuf.Collections;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Catalog.Storage;
using Shop.Contracts.Catalog.V1;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CommitOutcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;
using Money = Shop.Contracts.Catalog.V1.Money;
using Product = Shop.Contracts.Catalog.V1.Product;
using ReleaseOutcome = Shop.Contracts.Catalog.V1.ReleaseStockResponse.Types.Outcome;
using ReserveOutcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;
using Shortage = Shop.Contracts.Catalog.V1.Shortage;

namespace Shop.Catalog;

/// <summary>What the other services ask over gRPC; the meaning of each call is in catalog.proto.</summary>
internal sealed partial class CatalogCalls(CatalogDb db, ReservingStock reserving, CommittingStock committing, ReleasingStock releasing) : CatalogBase
{
    // A cart has at most 100 lines; a caller with more has lost its way.
    private const int MostSkus = 200;

    // Read a piece at a time, so that a slow reader of the stream keeps no transaction open.
    private const int Piece = 200;

    public override async Task<Product> GetProduct(GetProductRequest request, ServerCallContext context)
    {
        CallRefusal.Check(bad => bad.Unless(IsSku(request.Sku), "sku", "Not a SKU."));

        return await db.FindProductAsync(request.Sku, context.CancellationToken) is { Product: var product }
            ? Describe(product)
            : throw CallRefusal.Unknown("product", request.Sku);
    }

    public override async Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
    {
        CallRefusal.Check(bad =>
        {
            bad.Unless(request.Skus.Count <= MostSkus, "skus", $"At most {MostSkus} in one call.");
            bad.Unless(request.Skus.All(IsSku), "skus", "Not all of them are SKUs.");
        });

        var answer = new GetProductsResponse();
        await foreach (var product in db.FindProductsAsync([.. request.Skus]).WithCancellation(context.CancellationToken))
            answer.Products.Add(Describe(product));
        return answer;
    }

    public override async Task ListProducts(ListProductsRequest request, IServerStreamWriter<Product> responses, ServerCallContext context)
    {
        CallRefusal.Check(bad => bad.Unless(request.Category.Length == 0 || Category().IsMatch(request.Category), "category", "Not a category."));

        var last = "";
        while (true)
        {
            var products = request.Category.Length == 0 ? db.Products : db.Products.Where(product => product.Category == request.Category);
            var piece = await products.AsNoTracking()
                .Where(product => string.Compare(product.Sku, last) > 0)
                .OrderBy(product => product.Sku).Take(Piece)
                .Select(ProductView.OfProduct).ToListAsync(context.CancellationToken);
            foreach (var product in piece)
                await responses.WriteAsync(Describe(product), context.CancellationToken);
            if (piece.Count < Piece)
                return;
            last = piece[^1].Sku;
        }
    }

    public override async Task<ReserveStockResponse> ReserveStock(ReserveStockRequest request, ServerCallContext context)
    {
        CallRefusal.Check(bad =>
        {
            CheckOrder(bad, request.OrderId);
            CheckLines(bad, request.Lines);
        });

        var wanted = request.Lines.Select(line => new Wanted(line.Sku, line.Quantity)).ToArray();
        return await reserving.ReserveAsync(Guid.Parse(request.OrderId), wanted, context.CancellationToken) switch
        {
            ReserveAnswer.Reserved => new ReserveStockResponse { Outcome = ReserveOutcome.Reserved },
            ReserveAnswer.Released => new ReserveStockResponse { Outcome = ReserveOutcome.Released },
            ReserveAnswer.Committed => new ReserveStockResponse { Outcome = ReserveOutcome.Committed },
            ReserveAnswer.OutOfStock(var shortages) => new ReserveStockResponse
            {
                Outcome = ReserveOutcome.OutOfStock,
                Shortages = { shortages.Select(shortage => new Shortage { Sku = shortage.Sku, Requested = shortage.Requested, Available = shortage.Available }) },
            },
            var unknown => throw new InvalidOperationException($"No reply for {unknown}."),
        };
    }

    public override async Task<CommitStockResponse> CommitStock(CommitStockRequest request, ServerCallContext context)
    {
        CallRefusal.Check(bad => CheckOrder(bad, request.OrderId));

        return await committing.CommitAsync(Guid.Parse(request.OrderId), context.CancellationToken) switch
        {
            CommitAnswer.Committed => new CommitStockResponse { Outcome = CommitOutcome.Committed },
            CommitAnswer.Lost => new CommitStockResponse { Outcome = CommitOutcome.Lost },
            CommitAnswer.Released => new CommitStockResponse { Outcome = CommitOutcome.Released },
            CommitAnswer.Unknown => throw CallRefusal.Unknown("reservation", request.OrderId),
            var unknown => throw new InvalidOperationException($"No reply for {unknown}."),
        };
    }

    public override async Task<ReleaseStockResponse> ReleaseStock(ReleaseStockRequest request, ServerCallContext context)
    {
        CallRefusal.Check(bad =>
        {
            CheckOrder(bad, request.OrderId);
            bad.Unless(Reason().IsMatch(request.Reason), "reason", "One word: letters, digits, hyphens and underscores.");
        });

        var released = await releasing.ReleaseAsync(Guid.Parse(request.OrderId), request.Reason, context.CancellationToken);
        return new ReleaseStockResponse { Outcome = released ? ReleaseOutcome.Released : ReleaseOutcome.Committed };
    }

    private static Product Describe(ProductView product) => new()
    {
        Sku = product.Sku,
        Name = product.Name,
        Price = new Money { Amount = product.Price.Amount, Currency = product.Price.Currency },
        Available = product.Available,
    };

    private static void CheckOrder(CallRefusal bad, string orderId) =>
        bad.Unless(Guid.TryParse(orderId, out var id) && id != Guid.Empty, "order_id", "Not a UUID.");

    private static void CheckLines(CallRefusal bad, RepeatedField<Contracts.Catalog.V1.ReservationLine> lines)
    {
        bad.Unless(lines.Count is > 0 and <= MostSkus, "lines", $"1 to {MostSkus} are needed.");
        bad.Unless(lines.DistinctBy(line => line.Sku).Count() == lines.Count, "lines", "Two have the same SKU.");
        for (var i = 0; i < lines.Count && i < MostSkus; i++)
        {
            bad.Unless(IsSku(lines[i].Sku), $"lines[{i}].sku", "Not a SKU.");
            bad.Unless(lines[i].Quantity is > 0 and <= StockItem.MostPieces, $"lines[{i}].quantity", "Not above 0.");
        }
    }

    private static bool IsSku(string text) => Sku().IsMatch(text);

    // \z, since $ would let a line end through.
    [GeneratedRegex(@"\A[A-Za-z0-9-]{1,32}\z")]
    private static partial Regex Sku();

    [GeneratedRegex(@"\A[^\p{Cc}\s][^\p{Cc}]{0,49}\z")]
    private static partial Regex Category();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Reason();
}
