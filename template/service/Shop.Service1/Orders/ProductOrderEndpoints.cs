using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using Shop.Contracts;

namespace Shop.Service1.Orders;

internal static class ProductOrderEndpoints
{
    public static void AddProductOrders(this IHostApplicationBuilder builder)
    {
        builder.AddRedis("redis");
        builder.Services.AddSingleton<ProductOrderStore>();
    }

    public static void MapProductOrders(this IEndpointRouteBuilder routes) => routes.MapGroup("/api/v1/service1").WithTags("Service1")
        .AllowAnonymous()
        .ProducesValidationProblem()
        .MapGet("/products/{sku}", GetProductOrders).WithName("getProductOrders");

    [EndpointSummary("Counts the orders of a product")]
    [EndpointDescription("Returns the number of confirmed orders that contain the product. It is 0 for a product that does not exist.")]
    private static async Task<Ok<ProductOrders>> GetProductOrders(
        [RegularExpression(OrderLimits.SkuPattern)] string sku, ProductOrderStore store) =>
        TypedResults.Ok(new ProductOrders(sku, await store.CountAsync(sku)));
}
