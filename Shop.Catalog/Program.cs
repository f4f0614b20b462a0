using Shop.Catalog.Data;
using Shop.Catalog.Grpc;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddPostgres<CatalogDbContext>("catalogdb", options => options.UseAsyncSeeding(CatalogSeed.SeedAsync));
builder.AddProducts();
builder.AddStock();
builder.AddMessaging(messages => messages
    .Consume<OrderConfirmedConsumer>()
    .Consume<OrderRejectedConsumer>()
    .Consume<OrderCancelledConsumer>()
    .Consume<OrderRefundedConsumer>());
builder.AddGrpcServices();
builder.Services.AddValidation(); // Must be called here: the validation source generator only sees the calling project.
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapOpenApi();
app.MapProducts();
app.MapProductAdmin();
app.MapStockAdmin();
app.MapGrpcServices();
app.Run();
