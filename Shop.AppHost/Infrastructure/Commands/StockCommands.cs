using System.Globalization;
using System.Net.Http.Json;

namespace Shop.AppHost.Infrastructure.Commands;

/// <summary>Adds the command that puts units of every product into stock.</summary>
internal static class StockCommands
{
    private const int MaxUnits = 10_000;
    private const int PageSize = 100;

    /// <summary>Adds the command <c>add-stock</c>: visitors of a demonstration buy until everything is sold out.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="identity">The service that issues the token of staff.</param>
    public static IResourceBuilder<ProjectResource> WithStockCommand(
        this IResourceBuilder<ProjectResource> catalog, IResourceBuilder<ProjectResource> identity) => catalog
        .WithStaffCommand(
            identity,
            "http",
            "add-stock",
            "Add stock",
            new()
            {
                Description = "Adds units to the stock of every product, as a stock adjustment of staff.",
                IconName = "BoxMultiple",
                Arguments =
                [
                    new() { Name = "units", Label = "Units of each product", InputType = InputType.Number, Value = "100", Required = true },
                ],
                ValidateArguments = context =>
                {
                    if (!int.TryParse(context.Inputs["units"].Value, CultureInfo.InvariantCulture, out var units)
                        || units is < 1 or > MaxUnits)
                    {
                        context.AddValidationError(context.Inputs["units"], $"Must be a number from 1 to {MaxUnits}.");
                    }

                    return Task.CompletedTask;
                },
            },
            async (client, context) =>
            {
                var (units, products) = (context.Arguments.GetInt32("units"), 0);
                Page? page = null;
                do
                {
                    page = await client.GetFromJsonAsync<Page>(
                        $"/api/v1/products?limit={PageSize}{(page is null ? "" : $"&after={Uri.EscapeDataString(page.Next!)}")}",
                        context.CancellationToken);
                    foreach (var product in page!.Items)
                    {
                        await AddAsync(client, product.Sku, units, context.CancellationToken);
                        products++;
                    }
                }
                while (page.Next is not null);

                return $"{units} units added to each of {products} products.";
            });

    private static async Task AddAsync(HttpClient client, string sku, int delta, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, $"/api/v1/admin/products/{Uri.EscapeDataString(sku)}/stock/adjustments")
        {
            Headers = { { "Idempotency-Key", Guid.NewGuid().ToString("n") } },
            Content = JsonContent.Create(new { delta, reason = "demo" }),
        };
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private sealed record Page(IReadOnlyList<Product> Items, string? Next);

    private sealed record Product(string Sku);
}
