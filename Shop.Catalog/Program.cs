using Shop.Catalog.Data;
using Shop.Catalog.Grpc;
using Shop.Catalog.Products;
using Shop.Catalog.Stock;
using Shop.Contracts;
using Shop.Contracts.Journeys;
using Shop.Contracts.Messages;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddShopJourneyKeys();
builder.AddCatalogData();
builder.AddProducts();
builder.AddStock();
builder.AddMessaging(MessageSubscribers.All, messages => messages
    .AddHandler<OrderConfirmed, OrderConfirmedHandler>()
    .AddHandler<OrderRejected, OrderRejectedHandler>()
    .AddHandler<OrderCancelled, OrderCancelledHandler>()
    .AddHandler<OrderRefunded, OrderRefundedHandler>());
builder.AddGrpcServices();
builder.Services.AddValidation(); // Must be called here: the validation source generator only sees the calling project.
builder.Services.AddOpenApi(document => document.AddCommonResponses());

var app = builder.Build();
app.UseServiceDefaults();
app.MapDefaultEndpoints();
app.MapApiReference();
app.MapProducts();
app.MapProductAdmin();
app.MapStockAdmin();
app.MapGrpcServices();
app.Run();
