using Grpc.Core;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Contracts.Catalog.V1;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using CommitOutcome = Shop.Contracts.Catalog.V1.CommitStockResponse.Types.Outcome;
using Money = Shop.Contracts.Catalog.V1.Money;
using Product = Shop.Contracts.Catalog.V1.Product;
using ReleaseOutcome = Shop.Contracts.Catalog.V1.ReleaseStockResponse.Types.Outcome;
using ReserveOutcome = Shop.Contracts.Catalog.V1.ReserveStockResponse.Types.Outcome;
using Shortage = Shop.Contracts.Catalog.V1.Shortage;

namespace Shop.Catalog.Grpc;

/// <summary>The gRPC service for other services of the shop. catalog.proto describes its methods.</summary>
internal sealed class CatalogService(ProductQueries products, ReserveStock reserveStock, CommitStock commitStock, ReleaseStock releaseStock)
    : CatalogBase
{
    // Products are streamed in batches, so that a slow client does not keep a query open.
    private const int BatchSize = 200;

    public override async Task<Product> GetProduct(GetProductRequest request, ServerCallContext context)
    {
        RequestValidation.Validate(fields => fields.RequireSku(request.Sku));

        return await products.FindAsync(request.Sku, context.CancellationToken) is { } row
            ? ToMessage(row)
            : throw RpcErrors.NotFound("product", request.Sku);
    }

    public override async Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
    {
        RequestValidation.Validate(fields => fields.RequireSkus(request.Skus));

        var response = new GetProductsResponse();
        await foreach (var row in products.FindAsync([.. request.Skus]).WithCancellation(context.CancellationToken))
        {
            response.Products.Add(ToMessage(row));
        }

        return response;
    }

    public override async Task ListProducts(
        ListProductsRequest request, IServerStreamWriter<Product> responseStream, ServerCallContext context)
    {
        RequestValidation.Validate(fields => fields.RequireCategoryOrEmpty(request.Category));

        List<ProductRow> batch;
        var lastSku = "";
        do
        {
            batch = await products.ListBySkuAsync(request.Category, lastSku, BatchSize, context.CancellationToken);
            foreach (var row in batch)
            {
                await responseStream.WriteAsync(ToMessage(row), context.CancellationToken);
                lastSku = row.Product.Sku;
            }
        }
        while (batch.Count == BatchSize);
    }

    public override async Task<ReserveStockResponse> ReserveStock(ReserveStockRequest request, ServerCallContext context)
    {
        RequestValidation.Validate(fields =>
        {
            fields.RequireOrderId(request.OrderId);
            fields.RequireLines(request.Lines);
        });

        var lines = request.Lines.Select(line => new StockLine(line.Sku, line.Quantity)).ToArray();
        return await reserveStock.ReserveAsync(Guid.Parse(request.OrderId), lines, context.CancellationToken) switch
        {
            ReserveResult.Reserved => new ReserveStockResponse { Outcome = ReserveOutcome.Reserved },
            ReserveResult.Released => new ReserveStockResponse { Outcome = ReserveOutcome.Released },
            ReserveResult.Committed => new ReserveStockResponse { Outcome = ReserveOutcome.Committed },
            ReserveResult.OutOfStock(var shortages) => new ReserveStockResponse
            {
                Outcome = ReserveOutcome.OutOfStock,
                Shortages = { shortages.Select(ToMessage) },
            },
            var result => throw new InvalidOperationException($"Unexpected result {result}."),
        };
    }

    public override async Task<CommitStockResponse> CommitStock(CommitStockRequest request, ServerCallContext context)
    {
        RequestValidation.Validate(fields => fields.RequireOrderId(request.OrderId));

        return await commitStock.CommitAsync(Guid.Parse(request.OrderId), context.CancellationToken) switch
        {
            CommitResult.Committed => new CommitStockResponse { Outcome = CommitOutcome.Committed },
            CommitResult.Lost => new CommitStockResponse { Outcome = CommitOutcome.Lost },
            CommitResult.Released => new CommitStockResponse { Outcome = CommitOutcome.Released },
            CommitResult.NotFound => throw RpcErrors.NotFound("reservation", request.OrderId),
            var result => throw new InvalidOperationException($"Unexpected result {result}."),
        };
    }

    public override async Task<ReleaseStockResponse> ReleaseStock(ReleaseStockRequest request, ServerCallContext context)
    {
        RequestValidation.Validate(fields =>
        {
            fields.RequireOrderId(request.OrderId);
            fields.RequireReason(request.Reason);
        });

        var released = await releaseStock.ReleaseAsync(Guid.Parse(request.OrderId), request.Reason, context.CancellationToken);
        return new ReleaseStockResponse { Outcome = released ? ReleaseOutcome.Released : ReleaseOutcome.Committed };
    }

    private static Product ToMessage(ProductRow row) => new()
    {
        Sku = row.Product.Sku,
        Name = row.Product.Name,
        Price = new Money { Amount = row.Product.Price.Amount, Currency = row.Product.Price.Currency },
        Available = row.Product.Available,
        Version = row.Version,
    };

    private static Shortage ToMessage(Stock.Shortage shortage) =>
        new() { Sku = shortage.Sku, Requested = shortage.Requested, Available = shortage.Available };
}
