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

namespace Shop.Catalog.Calls;

/// <summary>What the other services ask over gRPC; the meaning of each call is in catalog.proto.</summary>
internal sealed class CatalogCalls(CatalogDb db, ReservingStock reserving, CommittingStock committing, ReleasingStock releasing) : CatalogBase
{
    // Read a piece at a time, so that a slow reader of the stream keeps no transaction open.
    private const int Piece = 200;

    public override async Task<Product> GetProduct(GetProductRequest request, ServerCallContext context)
    {
        CallRefusal.Check(bad => bad.CheckSku(request.Sku));

        return await db.FindProductAsync(request.Sku, context.CancellationToken) is { Product: var product }
            ? Describe(product)
            : throw CallRefusal.Unknown("product", request.Sku);
    }

    public override async Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
    {
        CallRefusal.Check(bad => bad.CheckSkus(request.Skus));

        var answer = new GetProductsResponse();
        await foreach (var product in db.FindProductsAsync([.. request.Skus]).WithCancellation(context.CancellationToken))
            answer.Products.Add(Describe(product));
        return answer;
    }

    public override async Task ListProducts(ListProductsRequest request, IServerStreamWriter<Product> responses, ServerCallContext context)
    {
        CallRefusal.Check(bad => bad.CheckCategory(request.Category));

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
            bad.CheckOrder(request.OrderId);
            bad.CheckLines(request.Lines);
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
        CallRefusal.Check(bad => bad.CheckOrder(request.OrderId));

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
            bad.CheckOrder(request.OrderId);
            bad.CheckReason(request.Reason);
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
}
