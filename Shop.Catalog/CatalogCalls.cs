using Grpc.Core;
using Microsoft.EntityFrameworkCore;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Catalog.Storage;
using Shop.Contracts.Catalog.V1;
using CatalogBase = Shop.Contracts.Catalog.V1.Catalog.CatalogBase;
using Money = Shop.Contracts.Catalog.V1.Money;
using Product = Shop.Contracts.Catalog.V1.Product;
using Shortage = Shop.Contracts.Catalog.V1.Shortage;

namespace Shop.Catalog;

/// <summary>What the other services ask over gRPC; the meaning of each call is in catalog.proto.</summary>
internal sealed class CatalogCalls(CatalogDb db, ReservingStock stock) : CatalogBase
{
    // A cart has at most 100 lines; a caller with more has lost its way.
    private const int MostSkus = 200;

    public override async Task<GetProductsResponse> GetProducts(GetProductsRequest request, ServerCallContext context)
    {
        if (request.Skus.Count > MostSkus)
            throw Invalid($"At most {MostSkus} SKUs in one call.");

        var skus = request.Skus.ToArray();
        var products = await db.View(db.Products.Where(product => skus.Contains(product.Sku))).ToListAsync(context.CancellationToken);
        return new GetProductsResponse { Products = { products.Select(Describe) } };
    }

    public override async Task<ReserveStockResponse> ReserveStock(ReserveStockRequest request, ServerCallContext context)
    {
        if (!Guid.TryParse(request.OrderId, out var orderId) || orderId == Guid.Empty)
            throw Invalid("order_id is not a UUID.");
        if (request.Lines.Count is 0 or > MostSkus || request.Lines.Any(line => line.Quantity < 1))
            throw Invalid($"lines must be 1 to {MostSkus}, each with a quantity above 0.");
        if (request.Lines.DistinctBy(line => line.Sku).Count() < request.Lines.Count)
            throw Invalid("Two lines have the same SKU.");

        var wanted = request.Lines.Select(line => new Wanted(line.Sku, line.Quantity)).ToArray();
        return await stock.ReserveAsync(orderId, wanted, context.CancellationToken) switch
        {
            ReserveAnswer.Reserved => new ReserveStockResponse { Outcome = ReserveStockResponse.Types.Outcome.Reserved },
            ReserveAnswer.Released => new ReserveStockResponse { Outcome = ReserveStockResponse.Types.Outcome.Released },
            ReserveAnswer.OutOfStock(var shortages) => new ReserveStockResponse
            {
                Outcome = ReserveStockResponse.Types.Outcome.OutOfStock,
                Shortages = { shortages.Select(shortage => new Shortage { Sku = shortage.Sku, Requested = shortage.Requested, Available = shortage.Available }) },
            },
            var unknown => throw new InvalidOperationException($"No reply for {unknown}."),
        };
    }

    private static Product Describe(ProductView product) => new()
    {
        Sku = product.Sku,
        Name = product.Name,
        Price = new Money { Amount = product.Price.Amount, Currency = product.Price.Currency },
        Available = product.Available,
    };

    private static RpcException Invalid(string detail) => new(new Status(StatusCode.InvalidArgument, detail));
}
