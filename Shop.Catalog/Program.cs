using Shop.Catalog.Calls;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Catalog.Storage;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddPostgres<CatalogDb>("catalogdb", options => options.UseAsyncSeeding(FirstProducts.AddAsync));
builder.AddProducts();
builder.AddStock();
builder.AddMessaging(messages => messages
    .AddHandler<OrderConfirmed, OrderConfirmedHandler>()
    .AddHandler<OrderRejected, OrderRejectedHandler>()
    .AddHandler<OrderCancelled, OrderCancelledHandler>()
    .AddHandler<OrderRefunded, OrderRefundedHandler>());
builder.AddCatalogCalls();
builder.Services.AddValidation(); // here, since its generator looks into the project that calls it
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapApiReference();
app.MapProducts();
app.MapProductAdmin();
app.MapStockAdmin();
app.MapCatalogCalls();
app.Run();
