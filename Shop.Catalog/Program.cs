using Shop.Catalog.Calls;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Catalog.Storage;
using Shop.Contracts.Journeys;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddPostgres<CatalogDb>("catalogdb", options => options.UseAsyncSeeding(FirstProducts.AddAsync));
builder.AddProducts();
builder.AddStock();
builder.AddMessaging(messages => messages
    .Consume<OrderConfirmedConsumer>()
    .Consume<OrderRejectedConsumer>()
    .Consume<OrderCancelledConsumer>()
    .Consume<OrderRefundedConsumer>());
builder.AddCatalogCalls();
builder.Services.AddValidation(); // here, since its generator looks into the project that calls it
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapOpenApi();
app.MapProducts();
app.MapProductAdmin();
app.MapStockAdmin();
app.MapCatalogCalls();
app.Run();
